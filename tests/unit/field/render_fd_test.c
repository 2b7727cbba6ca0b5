/* SPDX-License-Identifier: Apache-2.0 */
#include "field/render_fd.h"

#include "tests/unit/field/world.h"

static void add(struct world *w, const struct sk_fd_info *fi)
{
    struct sk_task_info ti = world_task(5, 0, "x");

    world_add(w, &ti);
    assert_int_equal(sk_state_add_fd(w->st, 5, fi), 0);
}

static const char *text_of(struct world *w, int64_t fd)
{
    static char text[8192];
    struct sk_buf b = {.p = text, .cap = sizeof(text), .max = sk_render_fd_room(&w->cx, fd)};

    text[0] = '\0';
    sk_render_fd(&w->cx, fd, 1, &b);
    assert_false(b.failed);
    return text;
}

static void numbers_that_nobody_knows_stay_numbers(void **state)
{
    struct world *w = *state;
    struct sk_fd_info fi = {.num = 3, .type = SK_FD_FILE, .name = SK_STR("/a")};

    world_event(w, 5);
    assert_string_equal(text_of(w, 3), "");
    add(w, &fi);
    world_event(w, 5);
    assert_string_equal(text_of(w, 4), "");
    assert_string_equal(text_of(w, -100000), "");
    assert_string_equal(text_of(w, INT64_MIN), "");
}

static void negative_numbers_are_errors_or_the_working_directory(void **state)
{
    struct world *w = *state;

    world_event(w, 5);
    assert_string_equal(text_of(w, -2), "ENOENT");
    assert_string_equal(text_of(w, -100), "AT_FDCWD");
}

static void a_capture_knows_every_descriptor_of_the_process(void **state)
{
    static char path[3000];
    struct world *w = *state;
    struct sk_fd_info fi = {.num = 3, .type = SK_FD_DIRECTORY, .name = SK_STR("/etc")};

    memset(path, 'a', sizeof(path));
    path[0] = '/';
    add(w, &fi);
    fi = (struct sk_fd_info){.num = 4,
                             .type = SK_FD_IPV4_SERVSOCK,
                             .l4proto = SK_L4_UDP,
                             .sip = {127, 0, 0, 1},
                             .sport = 53,
                             .name = SK_STR("")};
    assert_int_equal(sk_state_add_fd(w->st, 5, &fi), 0);
    fi = (struct sk_fd_info){.num = 6, .type = SK_FD_FILE, .name = {path, sizeof(path)}};
    assert_int_equal(sk_state_add_fd(w->st, 5, &fi), 0);
    world_event(w, 5);
    assert_string_equal(text_of(w, 3), "<d>/etc");
    assert_string_equal(text_of(w, 4), "<4u>127.0.0.1:53");
    assert_int_equal(strlen(text_of(w, 6)), sizeof(path) + strlen("<f>"));
}

static void lists_tell_kinds_and_flags(void **state)
{
    static const uint8_t list[] = {2, 0, 3, 0, 0, 0, 0, 0, 0, 0,    1,
                                   0, 9, 0, 0, 0, 0, 0, 0, 0, 0x41, 0};
    struct world *w = *state;
    struct sk_fd_info fi = {.num = 3, .type = SK_FD_FILE, .name = SK_STR("/a")};
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);

    add(w, &fi);
    world_event(w, 5);
    sk_render_fdlist(&w->cx, (struct sk_str){(const char *)list, sizeof(list)}, &b);
    assert_string_equal(b.p, "3:f1 9:?41");
    sk_buf_reset(&b);
    sk_render_fdlist(&w->cx, (struct sk_str){(const char *)list, sizeof(list) - 1}, &b);
    assert_string_equal(b.p, "3:f1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(numbers_that_nobody_knows_stay_numbers),
        WORLD_TEST(negative_numbers_are_errors_or_the_working_directory),
        WORLD_TEST(a_capture_knows_every_descriptor_of_the_process),
        WORLD_TEST(lists_tell_kinds_and_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
