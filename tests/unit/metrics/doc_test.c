/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that docs/metrics.md is what the rows say; --print shows what it should be. */
#include "tests/unit/metrics/util.h"

#include <stdio.h>

static void the_page_in_docs_is_that_of_the_rows(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    sk_auto(mem) char *text = NULL;
    size_t n;

    (void)state;
    sk_metrics_doc(&out);
    assert_int_equal(sk_read_file(SK_METRICS_PAGE, 1u << 20, &text, &n), 0);
    if (strcmp(text, sk_buf_str(&out).p) != 0)
        fail_msg("docs/metrics.md is not what tbl/metrics.def says: make docs writes it");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {T(the_page_in_docs_is_that_of_the_rows)};
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    if (argc == 2 && !strcmp(argv[1], "--print")) {
        sk_metrics_doc(&out);
        return fputs(sk_buf_str(&out).p, stdout) < 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
