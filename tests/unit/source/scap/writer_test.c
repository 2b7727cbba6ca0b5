/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/writer.h"

#include <errno.h>
#include <sys/stat.h>

#include "make.h"
#include "source/scap/reader.h"

static void write_events(const char *path, bool plain, unsigned n)
{
    const struct sk_scap_writer_options opt = {.path = path, .plain = plain};
    sk_auto(buf) struct sk_buf rec = SK_BUF(65536);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(buf) struct sk_buf section = SK_BUF(4096);
    struct sk_scap_writer *w;
    struct sk_event ev;

    assert_int_equal(sk_scap_writer_open(&opt, &w, dg), 0);
    sk_scap_put_section(&section);
    sk_scap_write_bytes(w, &section);
    put_record(&rec, 1000, 1);
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), 0);
    for (unsigned i = 0; i < n; i++)
        sk_scap_write_event(w, &ev);
    assert_int_equal(sk_scap_writer_error(w), 0);
    assert_int_equal(sk_scap_writer_events(w), n);
    assert_int_equal(sk_scap_writer_close(w), 0);
}

static unsigned count(const char *path)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_reader *r;
    struct sk_scap_record rec;
    unsigned n = 0;
    int step;

    assert_int_equal(sk_scap_reader_open(path, &r, dg), 0);
    while ((step = sk_scap_reader_step(r, &rec)) >= 0)
        n += step == SK_SCAP_STEP_EVENT;
    assert_int_equal(step, -ENODATA);
    sk_scap_reader_free(r);
    return n;
}

static void events_come_back_plain_and_compressed(void **state)
{
    char path[] = "/tmp/saker_writer_XXXXXX";
    struct stat small, large;

    (void)state;
    close(mkstemp(path));
    write_events(path, false, 5000);
    assert_int_equal(count(path), 5000);
    assert_int_equal(stat(path, &small), 0);
    write_events(path, true, 5000);
    assert_int_equal(count(path), 5000);
    assert_int_equal(stat(path, &large), 0);
    assert_true(small.st_size * 10 < large.st_size);
    unlink(path);
}

static void only_its_owner_may_read_a_recording(void **state)
{
    char path[64];
    struct stat sb;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/saker_writer_%d", (int)getpid());
    write_events(path, false, 1);
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    unlink(path);
}

static void a_name_that_others_can_guess_is_never_followed(void **state)
{
    char path[] = "/tmp/saker_writer_XXXXXX", link[64];
    const struct sk_scap_writer_options exists = {.path = path, .exclusive = true},
                                        is_link = {.path = link, .exclusive = true};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_writer *w = NULL;

    (void)state;
    close(mkstemp(path));
    snprintf(link, sizeof(link), "%s.link", path);
    assert_int_equal(symlink("/tmp/saker_writer_nowhere", link), 0);
    assert_int_equal(sk_scap_writer_open(&exists, &w, dg), -EEXIST);
    assert_true(sk_scap_writer_open(&is_link, &w, dg) < 0);
    assert_null(w);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "can't open /tmp/saker_writer_"));
    unlink(link);
    unlink(path);
}

static void a_full_disk_is_told_once_and_at_the_end(void **state)
{
    const struct sk_scap_writer_options opt = {.path = "/dev/full", .plain = true};
    sk_auto(buf) struct sk_buf bytes = SK_BUF(1 << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_writer *w;

    (void)state;
    if (sk_scap_writer_open(&opt, &w, dg))
        skip();
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < 4096; k++)
            put(&bytes, 0x0102030405060708u, 8);
        sk_scap_write_bytes(w, &bytes);
    }
    assert_int_equal(sk_scap_writer_error(w), -ENOSPC);
    assert_int_equal(sk_scap_writer_close(w), -ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_others_can_guess_is_never_followed),
        cmocka_unit_test(a_full_disk_is_told_once_and_at_the_end),
        cmocka_unit_test(only_its_owner_may_read_a_recording),
        cmocka_unit_test(events_come_back_plain_and_compressed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
