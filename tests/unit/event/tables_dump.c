/* SPDX-License-Identifier: Apache-2.0 */
/* tables_dump NAME - prints one table (or, with --hash, what table_test.c must hold for each). */
#include <inttypes.h>

#include "base/map.h"
#include "tests/unit/event/dump.h"

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < dumps_n; i++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(1 << 20);
        bool hash = strcmp(argv[1], "--hash") == 0;

        if (!hash && strcmp(argv[1], dumps[i].name) != 0)
            continue;
        dumps[i].write(&b);
        if (b.failed)
            return 1;
        if (!hash)
            return fwrite(b.p, 1, b.n, stdout) == b.n ? 0 : 1;
        printf("{\"%s\", 0x%016" PRIx64 "},\n", dumps[i].name, sk_hash(b.p, b.n));
        if (i + 1 == dumps_n)
            return 0;
    }
    fprintf(stderr, "usage: tables_dump TABLE | --hash\n");
    return 2;
}
