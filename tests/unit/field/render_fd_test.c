/* SPDX-License-Identifier: Apache-2.0 */
#include "field/render_fd.h"

#include "tests/unit/field/world.h"

static const char *text_of(struct world *w, int64_t fd)
{
    static char text[512];
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    sk_render_fd(&w->cx, 1, fd, &out);
    snprintf(text, sizeof(text), "%.*s", (int)out.n, out.n ? out.p : "");
    return text;
}

static void setup(struct world *w)
{
    struct sk_task_info ti = world_task(10, 1, "sh");
    struct sk_fd_info file = {.num = 3, .type = SK_FD_FILE, .name = SK_STR("/etc/passwd")};
    struct sk_fd_info sock = {.num = 4,
                              .type = SK_FD_IPV4_SOCK,
                              .l4proto = SK_L4_TCP,
                              .sip = {1, 2, 3, 4},
                              .dip = {5, 6, 7, 8},
                              .sport = 9,
                              .dport = 10};
    struct sk_fd_info odd = {.num = 5, .type = (enum sk_fd_type)99};

    world_add(w, &ti);
    world_add_fd(w, 10, &file);
    world_add_fd(w, 10, &sock);
    world_add_fd(w, 10, &odd);
    world_begin(w);
    world_replay(w, EV_CLOSE, 10);
}

static void descriptors_of_captures_are_all_known(void **state)
{
    struct world *w = *state;

    setup(w);
    assert_string_equal(text_of(w, 3), "<f>/etc/passwd");
    assert_string_equal(text_of(w, 4), "<4t>1.2.3.4:9->5.6.7.8:10");
    assert_string_equal(text_of(w, 5), "<?>");
    assert_string_equal(text_of(w, 6), "");
    assert_string_equal(text_of(w, -100), "AT_FDCWD");
    assert_string_equal(text_of(w, -2), "ENOENT");
    assert_string_equal(text_of(w, -5000), "");
}

static void lists_tell_the_kind_of_each(void **state)
{
    static const char list[] = "\3\0\3\0\0\0\0\0\0\0\1\0\4\0\0\0\0\0\0\0\x41\0\7\0\0\0\0\0\0\0\0\0";
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    struct world *w = *state;

    setup(w);
    sk_render_fdlist(&w->cx, (struct sk_str){list, sizeof(list) - 1}, &out);
    assert_int_equal(out.n, strlen("3:f1 4:441 7:?0"));
    assert_memory_equal(out.p, "3:f1 4:441 7:?0", out.n);
    sk_buf_reset(&out);
    sk_render_fdlist(&w->cx, (struct sk_str){list, 13}, &out); /* shorter than it says */
    assert_int_equal(out.n, strlen("3:f1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(descriptors_of_captures_are_all_known),
        WORLD_TEST(lists_tell_the_kind_of_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
