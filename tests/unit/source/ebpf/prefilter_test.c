/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/prefilter.h"

#include <bpf/bpf.h>

#include "source/ebpf/features.h"
#include "source/ebpf/preseed.h"
#include "tests/unit/test.h"

#define OPENAT 307

static void without_programs_there_is_nothing_to_filter(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_bpf b = {0};

    (void)state;
    assert_int_equal(sk_apply_prefilter(&b, NULL, dg), 0);
    assert_int_equal(sk_diag_count(dg, SK_DIAG_ERROR), 0);
}

static bool has(const struct sk_bpf *b, const char *map, uint32_t key)
{
    struct sk_pf_exe value;

    return !bpf_map_lookup_elem(sk_bpf_map_fd(b, map), &key, &value);
}

static void replace_and_remove(struct sk_bpf *b, struct sk_pf *pf, struct sk_diag *dg)
{
    struct sk_pf_exe exe = {.gen = 1};
    uint32_t pid = 77;

    pf->event[OPENAT].filtered = 1;
    assert_int_equal(sk_apply_prefilter(b, pf, dg), 0);
    assert_true(has(b, "sk_prefilter", 0));
    assert_true(has(b, "sk_check", OPENAT));
    assert_false(has(b, "sk_check", OPENAT + 1));
    assert_int_equal(bpf_map_update_elem(sk_bpf_map_fd(b, "sk_pf_exe"), &pid, &exe, 0), 0);

    pf->event[OPENAT].filtered = 0;
    pf->event[OPENAT + 1].filtered = 1;
    assert_int_equal(sk_apply_prefilter(b, pf, dg), 0);
    assert_false(has(b, "sk_check", OPENAT));
    assert_true(has(b, "sk_check", OPENAT + 1));

    assert_int_equal(sk_apply_prefilter(b, NULL, dg), 0);
    assert_false(has(b, "sk_prefilter", 0));
    assert_false(has(b, "sk_check", OPENAT + 1));
    assert_false(has(b, "sk_pf_exe", pid));
    assert_int_equal(sk_apply_prefilter(b, NULL, dg), 0);
}

/* Nothing is attached. */
static void a_prefilter_takes_the_place_of_another(void **state)
{
    const struct sk_source_options opt = {.ring_bytes = 1, .critical_ring_bytes = 1};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(mem) struct sk_pf *pf = calloc(1, sizeof(*pf));
    struct sk_rings rs;
    struct sk_bpf b = {0};

    (void)state;
    if (!sk_caps_suffice(sk_caps_effective("/proc/self/status")))
        skip();
    assert_non_null(pf);
    pf->gen = 1;
    assert_int_equal(sk_rings_plan(&opt, 1, 1, dg, &rs), 0);
    assert_int_equal(sk_rings_make(&rs, dg), 0);
    if (sk_bpf_load(sk_bpf_images, SK_BPF_WHOLE, &rs, dg, &b)) {
        sk_rings_close(&rs);
        skip();
    }
    replace_and_remove(&b, pf, dg);
    sk_bpf_close(&b);
    sk_rings_close(&rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_programs_there_is_nothing_to_filter),
        cmocka_unit_test(a_prefilter_takes_the_place_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
