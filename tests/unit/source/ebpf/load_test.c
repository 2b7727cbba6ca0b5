/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "source/ebpf/features.h"
#include "tests/unit/test.h"

static void without_an_object_nothing_is_loaded(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_bpf_image none[] = {{0}};
    struct sk_rings rs = {0};
    struct sk_bpf b = {.nlinks = 7};

    (void)state;
    assert_int_equal(sk_bpf_load(none, SK_BPF_WHOLE, &rs, dg, &b), -ENOENT);
    assert_int_equal(b.nlinks, 7);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "none are built in"));
}

static void an_object_that_is_none_is_an_error_for_each_kind(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_bpf_image bad[] = {
        {"tp_btf", "not an ELF file", 15}, {"raw_tp", "neither is this", 15}, {0}};
    struct sk_rings rs = {0};
    struct sk_bpf b = {0};

    (void)state;
    assert_true(sk_bpf_load(bad, SK_BPF_WHOLE, &rs, dg, &b) < 0);
    assert_null(b.obj);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "tp_btf: "));
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "; raw_tp: "));
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "saker probe"));
}

static void what_was_never_loaded_can_be_closed_and_has_no_maps(void **state)
{
    struct sk_bpf b = {0};

    (void)state;
    assert_int_equal(sk_bpf_map_fd(&b, "sk_stats"), -1);
    sk_bpf_close(&b);
}

/* Everything up to attaching: that is for the live tests, which limit the scope first. */
static void each_embedded_object_loads_and_fills_its_maps(void **state)
{
    const struct sk_source_options opt = {.ring_bytes = 1, .critical_ring_bytes = 1};

    (void)state;
    if (!sk_caps_suffice(sk_caps_effective("/proc/self/status")))
        skip();
    for (const struct sk_bpf_image *im = sk_bpf_images; im->data; im++) {
        sk_auto(diag) struct sk_diag *dg = sk_diag_new();
        const struct sk_bpf_image one[] = {*im, {0}};
        struct sk_rings rs;
        struct sk_bpf b = {0};

        assert_int_equal(sk_rings_plan(&opt, 2, 2, dg, &rs), 0);
        assert_int_equal(sk_rings_make(&rs, dg), 0);
        if (sk_bpf_load(one, SK_BPF_WHOLE, &rs, dg, &b) || sk_bpf_fill_maps(&b, &rs, dg))
            fail_msg("%s: %s", im->kind, sk_diag_text(dg, SK_DIAG_ERROR));
        assert_string_equal(b.kind, im->kind);
        assert_true(sk_bpf_map_fd(&b, "sk_stats") >= 0);
        assert_int_equal(b.nlinks, 0);
        assert_int_equal(sk_diag_count(dg, SK_DIAG_WARNING), b.ndegraded);
        sk_bpf_close(&b);
        sk_rings_close(&rs);
    }
}

static unsigned loaded(const struct sk_bpf *b)
{
    struct bpf_program *prog;
    unsigned n = 0;

    bpf_object__for_each_program(prog, b->obj) n += bpf_program__fd(prog) >= 0;
    return n;
}

static void two_parts_make_the_whole_over_the_same_maps(void **state)
{
    const struct sk_source_options opt = {.ring_bytes = 1, .critical_ring_bytes = 1};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_bpf whole = {0}, first = {0}, rest = {0};
    struct sk_event_set pending;
    struct sk_rings rs;

    (void)state;
    if (!sk_caps_suffice(sk_caps_effective("/proc/self/status")))
        skip();
    assert_int_equal(sk_rings_plan(&opt, 2, 2, dg, &rs), 0);
    assert_int_equal(sk_rings_make(&rs, dg), 0);
    assert_int_equal(sk_bpf_load_rest(&first, dg, &rest), -ENOENT);
    assert_int_equal(sk_bpf_load(sk_bpf_images, SK_BPF_WHOLE, &rs, dg, &whole), 0);
    assert_int_equal(sk_bpf_load(sk_bpf_images, SK_BPF_FIRST, &rs, dg, &first), 0);
    assert_int_equal(sk_bpf_fill_maps(&first, &rs, dg), 0);
    sk_bpf_pending(&pending);
    for (unsigned code = 0, fd; code < SK_EVENT_N; code++)
        assert_int_equal(bpf_map_lookup_elem(sk_bpf_map_fd(&first, "sk_fill"), &code, &fd) != 0,
                         sk_event_set_has(&pending, code));
    assert_int_equal(sk_bpf_load_rest(&first, dg, &rest), 0);
    assert_int_equal(sk_bpf_put_rest(&rest), 0);
    for (unsigned code = 0, fd; code < SK_EVENT_N; code++)
        assert_int_equal(bpf_map_lookup_elem(sk_bpf_map_fd(&first, "sk_fill"), &code, &fd), 0);
    assert_true(loaded(&first) < loaded(&rest));
    assert_int_equal(loaded(&first) + loaded(&rest), loaded(&whole));
    sk_bpf_close(&rest);
    sk_bpf_close(&first);
    sk_bpf_close(&whole);
    sk_rings_close(&rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_object_nothing_is_loaded),
        cmocka_unit_test(an_object_that_is_none_is_an_error_for_each_kind),
        cmocka_unit_test(what_was_never_loaded_can_be_closed_and_has_no_maps),
        cmocka_unit_test(each_embedded_object_loads_and_fills_its_maps),
        cmocka_unit_test(two_parts_make_the_whole_over_the_same_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
