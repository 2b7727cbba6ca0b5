/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "event/event.h"
#include "tests/unit/test.h"

enum {
    OPEN_X = 3,
    CLOSE_E = 4,
    CLOSE_X = 5,
    GETUID_X = 203,
    UNLINKAT_2_X = 303,
    EPOLL_CREATE_X = 375
};

static struct sk_event_writer w;
static struct sk_buf rec;
static struct sk_event ev;

static void begin(void)
{
    sk_buf_reset(&rec);
    sk_event_write_begin(&w, &rec);
}

static int end(uint16_t type)
{
    assert_int_equal(sk_event_write_end(&w, type, 1000, 77), 0);
    return sk_event_decode(rec.p, rec.n, 3, &ev);
}

static void write_open(void)
{
    begin();
    sk_event_write_int(&w, 5, 8);
    sk_event_write_text(&w, SK_STR("/etc/passwd"));
    sk_event_write_int(&w, 1, 4);
    sk_event_write_int(&w, 0, 4);
    sk_event_write_int(&w, 0x800001, 4);
    sk_event_write_int(&w, 99, 8);
}

static void an_unknown_type_is_refused(void **state)
{
    (void)state;
    begin();
    assert_int_equal(end(SK_EVENT_N), -ENOENT);
}

static void a_record_cut_anywhere_is_refused(void **state)
{
    (void)state;
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    for (size_t n = 0; n < rec.n; n++)
        assert_int_equal(sk_event_decode(rec.p, n, 0, &ev), -EBADMSG);
}

static void lengths_that_do_not_add_up_are_refused(void **state)
{
    struct sk_rec_hdr h;

    (void)state;
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    memcpy(&h, rec.p, sizeof(h));
    h.len--; /* the last parameter reaches beyond the record */
    memcpy(rec.p, &h, sizeof(h));
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), -EBADMSG);
    h.len = SK_REC_HDR_BYTES - 1;
    memcpy(rec.p, &h, sizeof(h));
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), -EBADMSG);
    h.len = (uint32_t)rec.n;
    h.nparams = UINT32_MAX;
    memcpy(rec.p, &h, sizeof(h));
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), -EBADMSG);
    h.nparams = 6;
    memcpy(rec.p, &h, sizeof(h));
    rec.p[SK_REC_HDR_BYTES] = 7; /* one byte is left over */
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), -EBADMSG);
}

static void a_string_without_its_end_is_refused(void **state)
{
    (void)state;
    begin();
    sk_event_write_int(&w, 5, 8);
    sk_event_write_param(&w, "/etc", 4);
    assert_int_equal(end(OPEN_X), -EBADMSG);
}

static void parameters_are_read_by_type(void **state)
{
    int64_t i;
    uint64_t u;

    (void)state;
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    assert_string_equal(ev.info->name, "open");
    assert_int_equal(ev.nparams, 6);
    assert_int_equal(ev.tid, 77);
    assert_int_equal(ev.cpu, 3);
    assert_true(sk_event_i64(&ev, 0, &i) && i == 5);
    assert_true(sk_str_eqz(sk_event_text(&ev, 1), "/etc/passwd"));
    assert_true(sk_event_u64(&ev, 4, &u) && u == 0x800001);
    assert_false(sk_event_i64(&ev, 1, &i));
    assert_false(sk_event_i64(&ev, 6, &i));
    assert_null(sk_event_text(&ev, 0).p);
    assert_null(sk_event_bytes(&ev, 6).p);
    assert_int_equal(sk_event_param_index(ev.info, "mode"), 3);
    assert_int_equal(sk_event_param_index(ev.info, "mod"), -1);
}

static void an_older_record_lacks_its_last_parameters(void **state)
{
    uint64_t u;

    (void)state;
    begin();
    sk_event_write_int(&w, (uint64_t)-2, 8);
    sk_event_write_param(&w, "", 0);
    assert_int_equal(end(OPEN_X), 0);
    assert_int_equal(ev.nparams, 2);
    assert_null(sk_event_param(&ev, 2).data);
    assert_non_null(sk_event_param(&ev, 1).data);
    assert_null(sk_event_text(&ev, 1).p);
    assert_false(sk_event_u64(&ev, 2, &u));
}

static void an_integer_of_another_size_is_absent(void **state)
{
    int64_t i;

    (void)state;
    begin();
    sk_event_write_int(&w, 5, 4);
    assert_int_equal(end(OPEN_X), 0);
    assert_false(sk_event_i64(&ev, 0, &i));
}

static void text_ends_at_its_first_nul(void **state)
{
    (void)state;
    begin();
    sk_event_write_int(&w, 5, 8);
    sk_event_write_param(&w, "a\0b", 4);
    assert_int_equal(end(OPEN_X), 0);
    assert_true(sk_str_eqz(sk_event_text(&ev, 1), "a"));
    assert_int_equal(sk_event_bytes(&ev, 1).n, 4);
}

static void extensions_are_found_behind_the_row(void **state)
{
    struct sk_x_task task = {.tag = SK_X_TASK, .pid = 4242};
    struct {
        struct sk_x_file x;
        char path[9];
    } __attribute__((packed)) file = {{.tag = SK_X_FILE, .fd = 5, .ino = 9}, "/etc/foo"};
    struct {
        struct sk_x_dir x;
        char path[5];
    } __attribute__((packed)) dir = {{.tag = SK_X_DIR, .role = SK_ROLE_NEW}, "/tmp"};
    int64_t fd;

    (void)state;
    write_open();
    sk_event_write_param(&w, &task, sizeof(task));
    sk_event_write_param(&w, "\x77 tag of tomorrow", 18);
    sk_event_write_param(&w, "", 0);
    sk_event_write_param(&w, &dir, sizeof(dir));
    sk_event_write_param(&w, &file, sizeof(file));
    assert_int_equal(end(OPEN_X), 0);
    assert_int_equal(ev.nparams, 6);
    assert_non_null(ev.task);
    assert_int_equal(ev.task->pid, 4242);
    assert_true(sk_str_eqz(ev.file.path, "/etc/foo"));
    assert_true(sk_str_eqz(ev.dir[1].path, "/tmp"));
    assert_null(ev.dir[0].x);
    assert_string_equal(ev.dir[0].path.p, "");
    assert_null(ev.sock.x);
    assert_true(sk_event_fd(&ev, &fd) && fd == 5);
}

/* A record as recordings have it, of exactly its bytes: extensions behind the parameters, and `pad` bytes
 * behind those. */
static uint8_t *recorded(const void *const *ext, const uint16_t *len, uint16_t n, size_t pad,
                         size_t *out_len)
{
    struct sk_rec_hdr h;
    uint32_t magic = SK_REC_MORE_MAGIC;
    uint8_t *p;

    write_open();
    assert_int_equal(end(OPEN_X), 0);
    sk_buf_add(&rec, &magic, sizeof(magic));
    sk_buf_add(&rec, &n, sizeof(n));
    sk_buf_add(&rec, len, n * sizeof(*len));
    for (uint16_t i = 0; i < n; i++)
        sk_buf_add(&rec, ext[i], len[i]);
    sk_buf_add(&rec, "12345678", pad);
    memcpy(&h, rec.p, sizeof(h));
    h.len = (uint32_t)rec.n;
    memcpy(rec.p, &h, sizeof(h));
    p = malloc(rec.n);
    assert_non_null(p);
    memcpy(p, rec.p, rec.n);
    *out_len = rec.n;
    return p;
}

static void a_recorded_event_is_cut_with_its_extensions(void **state)
{
    struct sk_x_task task = {.tag = SK_X_TASK, .pid = 4242};
    struct {
        struct sk_x_file x;
        char path[9];
    } __attribute__((packed)) file = {{.tag = SK_X_FILE, .fd = 5}, "/etc/foo"};
    const void *const ext[] = {&task, "\x66 tag of tomorrow", &file};
    const uint16_t len[] = {sizeof(task), 18, sizeof(file)};

    (void)state;
    for (unsigned first = 0; first < 2; first++) { /* the task first, as drivers write it, or not */
        size_t n;
        uint8_t *p = recorded(ext + first, len + first, (uint16_t)(3 - first), 3, &n);

        assert_true(sk_event_cut(p, n, 3, &ev));
        assert_int_equal(ev.cpu, 3);
        assert_int_equal(ev.tid, 77);
        assert_int_equal(ev.nparams, 6);
        assert_true(sk_str_eqz(sk_event_text(&ev, 1), "/etc/passwd"));
        assert_int_equal(sk_event_param(&ev, 5).len, 8);
        assert_int_equal(!ev.task, first);
        assert_true(ev.file.x && sk_str_eqz(ev.file.path, "/etc/foo"));
        assert_int_equal(ev.more.n, 3 - first);
        assert_int_equal(ev.more.data_len, (first ? 0 : sizeof(task)) + 18 + sizeof(file));
        assert_ptr_equal(ev.raw, p);
        for (size_t k = 0; k < n; k++) {
            uint8_t *shorter = malloc(k ? k : 1);

            memcpy(shorter, p, k);
            assert_false(sk_event_cut(shorter, k, 3, &ev));
            free(shorter);
        }
        free(p);
    }
}

static void what_is_not_whole_or_not_of_today_is_not_cut(void **state)
{
    struct sk_x_task task = {.tag = SK_X_TASK};
    const void *const ext[] = {&task};
    uint16_t len[] = {sizeof(task)};
    size_t n;
    uint8_t *p = recorded(ext, len, 1, 0, &n);

    (void)state;
    assert_true(sk_event_cut(p, n, 0, &ev));
    p[SK_REC_HDR_BYTES + 2]--; /* the path ends before its NUL, everything else shifts */
    assert_false(sk_event_cut(p, n, 0, &ev));
    free(p);
    len[0]--; /* too short for a task */
    p = recorded(ext, len, 1, 0, &n);
    assert_false(sk_event_cut(p, n, 0, &ev));
    free(p);
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    assert_true(sk_event_cut(rec.p, rec.n, 0, &ev));
    assert_null(ev.more.lens);
    begin(); /* of an older writer */
    sk_event_write_int(&w, 5, 8);
    assert_int_equal(end(OPEN_X), 0);
    assert_false(sk_event_cut(rec.p, rec.n, 0, &ev));
    begin(); /* the beginning of a call, which is kept for its end */
    sk_event_write_int(&w, 5, 8);
    assert_int_equal(end(CLOSE_E), 0);
    assert_false(sk_event_cut(rec.p, rec.n, 0, &ev));
    begin();
    assert_int_equal(end(SK_EVENT_N), -ENOENT);
    assert_false(sk_event_cut(rec.p, rec.n, 0, &ev));
}

static void a_short_extension_is_refused(void **state)
{
    static const size_t sizes[] = {sizeof(struct sk_x_task), sizeof(struct sk_x_file),
                                   sizeof(struct sk_x_sock), sizeof(struct sk_x_dir),
                                   sizeof(struct sk_x_exec)};
    uint8_t bytes[256] = {0};

    (void)state;
    for (uint8_t tag = SK_X_TASK; tag <= SK_X_EXEC; tag++) {
        size_t size = sizes[tag - 1];

        bytes[0] = tag;
        write_open();
        sk_event_write_param(&w, bytes, size - 1);
        assert_int_equal(end(OPEN_X), -EBADMSG);
        write_open();
        sk_event_write_param(&w, bytes, size);
        assert_int_equal(end(OPEN_X), 0);
    }
    bytes[0] = SK_X_FILE;
    bytes[sizes[1]] = 'x';
    write_open();
    sk_event_write_param(&w, bytes, sizes[1] + 1); /* a path without end */
    assert_int_equal(end(OPEN_X), -EBADMSG);
}

static void results_belong_to_exits(void **state)
{
    int64_t r;

    (void)state;
    begin();
    sk_event_write_int(&w, 5, 8);
    assert_int_equal(end(CLOSE_E), 0);
    assert_false(sk_event_result(&ev, &r));
    begin();
    sk_event_write_int(&w, (uint64_t)-9, 8);
    sk_event_write_int(&w, 5, 8);
    assert_int_equal(end(CLOSE_X), 0);
    assert_true(sk_event_result(&ev, &r) && r == -9);
    assert_true(sk_event_fd(&ev, &r) && r == 5);
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    assert_true(sk_event_result(&ev, &r) && r == 5);
    begin();
    sk_event_write_int(&w, 0, 4);
    assert_int_equal(end(GETUID_X), 0);
    assert_false(sk_event_result(&ev, &r));
    assert_false(sk_event_fd(&ev, &r));
}

static void the_descriptor_has_different_names(void **state)
{
    int64_t fd;

    (void)state;
    begin();
    sk_event_write_int(&w, 0, 8);
    sk_event_write_int(&w, (uint64_t)-100, 8);
    assert_int_equal(end(UNLINKAT_2_X), 0);
    assert_true(sk_event_fd(&ev, &fd) && fd == -100);
    begin();
    sk_event_write_int(&w, 12, 8);
    assert_int_equal(end(EPOLL_CREATE_X), 0);
    assert_true(sk_event_fd(&ev, &fd) && fd == 12);
}

static void generic_events_carry_the_name_of_the_call(void **state)
{
    const struct sk_syscall_info *s = sk_syscall_by_name(SK_STR("personality"));

    (void)state;
    begin();
    sk_event_write_int(&w, s->ppm_sc, 2);
    sk_event_write_int(&w, 0, 2);
    assert_int_equal(end(1), 0);
    assert_string_equal(sk_event_name(&ev), "personality");
    begin();
    sk_event_write_int(&w, 0, 2);
#ifdef __aarch64__
    sk_event_write_int(&w, (uint64_t)s->nr_aarch64, 2);
#else
    sk_event_write_int(&w, (uint64_t)s->nr_x86_64, 2);
#endif
    assert_int_equal(end(1), 0);
    assert_string_equal(sk_event_name(&ev), "personality");
    begin();
    assert_int_equal(end(1), 0);
    assert_string_equal(sk_event_name(&ev), "syscall");
    write_open();
    assert_int_equal(end(OPEN_X), 0);
    assert_string_equal(sk_event_name(&ev), "open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_type_is_refused),
        cmocka_unit_test(a_record_cut_anywhere_is_refused),
        cmocka_unit_test(lengths_that_do_not_add_up_are_refused),
        cmocka_unit_test(a_string_without_its_end_is_refused),
        cmocka_unit_test(parameters_are_read_by_type),
        cmocka_unit_test(an_older_record_lacks_its_last_parameters),
        cmocka_unit_test(an_integer_of_another_size_is_absent),
        cmocka_unit_test(text_ends_at_its_first_nul),
        cmocka_unit_test(extensions_are_found_behind_the_row),
        cmocka_unit_test(a_recorded_event_is_cut_with_its_extensions),
        cmocka_unit_test(what_is_not_whole_or_not_of_today_is_not_cut),
        cmocka_unit_test(a_short_extension_is_refused),
        cmocka_unit_test(results_belong_to_exits),
        cmocka_unit_test(the_descriptor_has_different_names),
        cmocka_unit_test(generic_events_carry_the_name_of_the_call),
    };
    int failed;

    rec = SK_BUF(1 << 16);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sk_buf_done(&rec);
    return failed;
}
