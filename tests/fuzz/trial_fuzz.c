/* SPDX-License-Identifier: Apache-2.0 */
/* trial_fuzz.c - arbitrary bytes as a file of tests: it is refused with a reason, or its events become
 * records that the decoder accepts and the state takes. */
#include <assert.h>

#include "trial/run.h"
#include "trial/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct sk_trial_event *e, struct sk_state *st, struct sk_arena *mem,
                struct sk_arena *tmp, struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf rec = SK_BUF(4 * SK_REC_MAX_BYTES);
    bool used[SK_SUITE_FIELDS] = {false};
    struct sk_overlay overlay;
    struct sk_scene scene;
    struct sk_event ev;
    struct sk_ctx cx = {.ev = &ev, .st = st, .tmp = tmp, .hostname = "", .source = "syscall"};

    if (sk_scene_make(e->given, e->n, SK_SCENE_TS_NS, mem, &scene, used, dg) ||
        sk_scene_tell(&scene, st) ||
        sk_record_make(e, e->given, e->n, &scene, SK_SCENE_TS_NS, mem, &rec, used, dg))
        return;
    assert(sk_event_decode(rec.p, rec.n, 0, &ev) == 0);
    sk_state_apply(st, &ev, &cx.th);
    cx.proc = cx.th ? cx.th->proc : NULL;
    if (sk_check_given(e->given, e->n, used, &cx, mem, &overlay, dg) == 0)
        assert(overlay.n <= e->n);
    sk_arena_reset(tmp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(16u << 20), *tmp = sk_arena_new(4u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(state) struct sk_state *st = NULL;
    const struct sk_state_limits limits = {.threads = 4096};
    const struct sk_state_ops ops = {.host_root = ""};
    struct sk_suite suite;

    if (!mem || !tmp || !dg || sk_state_new(&limits, &ops, &st))
        return 0;
    if (sk_suite_parse("fuzz.tests.yaml", (struct sk_str){(const char *)data, size}, mem, &suite,
                       dg))
        return 0;
    for (size_t i = 0; i < suite.n; i++)
        for (size_t k = 0; k < suite.test[i].nevents; k++)
            use(&suite.test[i].event[k], st, mem, tmp, dg);
    return 0;
}
