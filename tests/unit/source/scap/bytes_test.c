/* SPDX-License-Identifier: Apache-2.0 */
#include "source/scap/bytes.h"

#include <errno.h>

#include "tests/unit/test.h"

#include "make.h"

static struct sk_scap_bytes *open_bytes(const char *path)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_bytes *b = NULL;

    if (sk_scap_bytes_open(path, &b, dg))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
    return b;
}

static void fill(struct sk_buf *b, size_t n)
{
    uint32_t v = 1; /* nothing that compresses */

    for (size_t i = 0; i < n; i++) {
        v = v * 1103515245u + 12345u;
        sk_buf_addc(b, (char)(v >> 16));
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_bytes *b = NULL;

    (void)state;
    assert_int_equal(sk_scap_bytes_open("/no/such.scap", &b, dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "'/no/such.scap'"));
    assert_int_equal(sk_scap_bytes_open("/tmp", &b, dg), -EISDIR);
    assert_null(b);
}

static void plain_and_gzip_give_the_same_bytes(void **state)
{
    sk_auto(buf) struct sk_buf want = SK_BUF(4 << 20);

    (void)state;
    fill(&want, 1000000);
    for (int i = 0; i < 2; i++) {
        char path[64];
        const uint8_t *p = NULL;

        write_file(&want, i ? "wb" : "wbT", path);
        struct sk_scap_bytes *b = open_bytes(path);
        for (size_t at = 0; at < want.n; at += 7919) {
            size_t n = SK_MIN(want.n - at, (size_t)7919);

            assert_int_equal(sk_scap_bytes_peek(b, 7919, &p), n);
            assert_memory_equal(p, want.p + at, n);
            sk_scap_bytes_take(b, n);
        }
        assert_int_equal(sk_scap_bytes_peek(b, 1, &p), 0);
        assert_int_equal(sk_scap_bytes_offset(b), want.n);
        assert_string_equal(sk_scap_bytes_why(b), "");
        sk_scap_bytes_free(b);
        unlink(path);
    }
}

static void gzip_members_one_behind_the_other_are_one_stream(void **state)
{
    sk_auto(buf) struct sk_buf part = SK_BUF(1 << 20);
    char path[64];
    const uint8_t *p = NULL;
    gzFile gz;

    (void)state;
    fill(&part, 5000);
    write_file(&part, "wb", path);
    gz = gzopen(path, "ab");
    assert_int_equal(gzwrite(gz, part.p, (unsigned)part.n), (int)part.n);
    gzclose(gz);
    struct sk_scap_bytes *b = open_bytes(path);
    assert_int_equal(sk_scap_bytes_peek(b, 20000, &p), 10000);
    assert_memory_equal(p + 5000, part.p, 5000);
    sk_scap_bytes_free(b);
    unlink(path);
}

static void a_gzip_stream_that_ends_early_gives_what_it_has_and_says_so(void **state)
{
    sk_auto(buf) struct sk_buf all = SK_BUF(1 << 20);
    char path[64];
    const uint8_t *p = NULL;

    (void)state;
    fill(&all, 100000);
    write_file(&all, "wb", path);
    assert_int_equal(truncate(path, 30000), 0);
    struct sk_scap_bytes *b = open_bytes(path);
    int64_t got = sk_scap_bytes_peek(b, 100000, &p);
    assert_true(got > 20000 && got < 100000);
    assert_memory_equal(p, all.p, (size_t)got);
    assert_string_not_equal(sk_scap_bytes_why(b), "");
    sk_scap_bytes_free(b);
    unlink(path);
}

static void damaged_compressed_data_are_an_error(void **state)
{
    sk_auto(buf) struct sk_buf all = SK_BUF(1 << 20);
    char path[64];
    const uint8_t *p = NULL;

    (void)state;
    fill(&all, 100000);
    write_file(&all, "wb", path);
    FILE *f = fopen(path, "r+");
    fseek(f, 20000, SEEK_SET);
    for (int i = 0; i < 2000; i++)
        fputc(0xff, f);
    fclose(f);
    struct sk_scap_bytes *b = open_bytes(path);
    assert_int_equal(sk_scap_bytes_peek(b, 100000, &p), -EBADMSG);
    assert_string_not_equal(sk_scap_bytes_why(b), "");
    sk_scap_bytes_free(b);
    unlink(path);
}

static void skipping_past_the_end_is_told(void **state)
{
    sk_auto(buf) struct sk_buf all = SK_BUF(4 << 20);
    char path[64];

    (void)state;
    fill(&all, 1000000);
    write_file(&all, "wbT", path);
    struct sk_scap_bytes *b = open_bytes(path);
    assert_int_equal(sk_scap_bytes_skip(b, 999999), 0);
    assert_int_equal(sk_scap_bytes_skip(b, 4000000000u), -ENODATA);
    sk_scap_bytes_free(b);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(plain_and_gzip_give_the_same_bytes),
        cmocka_unit_test(gzip_members_one_behind_the_other_are_one_stream),
        cmocka_unit_test(a_gzip_stream_that_ends_early_gives_what_it_has_and_says_so),
        cmocka_unit_test(damaged_compressed_data_are_an_error),
        cmocka_unit_test(skipping_past_the_end_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
