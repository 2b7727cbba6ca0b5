/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the spool with any content: read whatever the checksum, and what was read is written as
 * it was. */
#include "sink/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    sk_auto(buf) struct sk_buf in = SK_BUF(1u << 20), out = SK_BUF(4u << 20);
    const unsigned all = (1u << SK_FORM_N) - 1;
    struct sk_item *it = NULL;
    uint32_t sum;

    if (n < 4 || n > 65536)
        return 0;
    sk_buf_add(&in, data, n);
    if (data[0] & 1) { /* else it is damaged, as a rule */
        sum = sk_record_sum(7, SK_ERROR, sk_buf_str(&in));
        for (int i = 0; i < 4; i++)
            in.p[i] = (char)(sum >> 8 * i);
    }
    if (sk_record_read(7, SK_ERROR, sk_buf_str(&in), all, 3, &it))
        return 0;
    sk_record_write(it, &out);
    if (out.failed)
        __builtin_trap();
    sk_item_unref(SK_TAKE(it));
    if (sk_record_read(7, SK_ERROR, sk_buf_str(&out), all, 3, &it))
        __builtin_trap();
    sk_item_unref(it);
    return 0;
}
