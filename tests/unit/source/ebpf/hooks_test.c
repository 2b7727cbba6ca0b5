/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/hooks.h"

#include <linux/btf.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char path[64];

/* A description of types whose names are `text`. */
static void with_names(const char *text, size_t n, uint32_t told)
{
    struct btf_header head = {.magic = BTF_MAGIC, .hdr_len = sizeof(head), .str_len = told};

    snprintf(path, sizeof(path), "/tmp/sk-hooks-XXXXXX");
    sk_auto(fd) int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
    assert_int_equal(write(fd, text, n), n);
}

#define NAMES(text) with_names(text, sizeof(text), sizeof(text))

static void names_are_whole_words(void **state)
{
    struct sk_hooks h;

    (void)state;
    NAMES("\0btf_trace_a\0xbtf_trace_b\0btf_trace_cc\0last");
    sk_hooks_read(&h, path);
    assert_true(sk_hooks_known(&h));
    assert_true(sk_hooks_has(&h, "last"));
    assert_false(sk_hooks_has(&h, "las"));
    assert_true(sk_hooks_fit(&h, "tp_btf/a"));
    assert_true(sk_hooks_fit(&h, "raw_tp/a"));
    assert_false(sk_hooks_fit(&h, "tp_btf/b"));
    assert_false(sk_hooks_fit(&h, "tp_btf/c"));
    assert_true(sk_hooks_fit(&h, "raw_tp/cc"));
    sk_hooks_done(&h);
    unlink(path);
}

static void what_is_no_description_leaves_nothing_out(void **state)
{
    struct sk_hooks h;

    (void)state;
    sk_hooks_read(&h, "/no/such/file");
    assert_false(sk_hooks_known(&h));
    assert_true(sk_hooks_fit(&h, "tp_btf/a"));
    assert_false(sk_hooks_has(&h, "a"));
    assert_false(sk_hooks_old_uring(&h));
    with_names("\0abc", 5, 100); /* cut off */
    sk_hooks_read(&h, path);
    assert_false(sk_hooks_known(&h));
    unlink(path);
    with_names("abc", 4, 4); /* does not begin with the empty name */
    sk_hooks_read(&h, path);
    assert_false(sk_hooks_known(&h));
    unlink(path);
    with_names("\0abc", 4, 4); /* does not end */
    sk_hooks_read(&h, path);
    assert_false(sk_hooks_known(&h));
    unlink(path);
}

static void rings_before_6_0_are_recognised(void **state)
{
    struct sk_hooks h;

    (void)state;
    NAMES("\0io_kiocb\0io_open");
    sk_hooks_read(&h, path);
    assert_true(sk_hooks_old_uring(&h));
    sk_hooks_done(&h);
    unlink(path);
    NAMES("\0io_kiocb\0io_cmd_data");
    sk_hooks_read(&h, path);
    assert_false(sk_hooks_old_uring(&h));
    sk_hooks_done(&h);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_whole_words),
        cmocka_unit_test(what_is_no_description_leaves_nothing_out),
        cmocka_unit_test(rings_before_6_0_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
