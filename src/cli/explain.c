/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - `saker explain`: a rule's condition, alone, for one event of a capture, or over all
 * of them. */
#include <errno.h>
#include <inttypes.h>

#include "cli/app.h"
#include "rule/explain.h"
#include "trial/replay.h"

#define NO_RULE   "no rule is called '%.1000s': saker -L lists them"
#define OUT_MAX   (256u << 20)
#define FIRED_MAX 1000u /* events that are listed */

struct explain {
    struct sk_why *why;
    uint64_t want; /* number of the one event; 0: all */
    bool json, found;
    uint64_t seen, of_type, fired;
    uint64_t *blame; /* by part of the condition */
    struct sk_buf *out;
};

static void one_event(struct explain *x, const struct sk_ctx *cx)
{
    bool verdict = sk_why_run(x->why, cx);
    bool of_type = sk_event_set_has(&x->why->rule->events, cx->ev->type);

    x->found = true;
    if (x->json) {
        sk_why_json(x->why, cx, x->out);
        return;
    }
    sk_buf_printf(x->out, "rule '%s', event %" PRIu64 " (%s): %s\n", x->why->rule->name,
                  cx->ev->num, sk_event_name(cx->ev),
                  verdict && of_type ? "fires" : "does not fire");
    if (!of_type)
        sk_buf_addz(x->out, "the rule is not evaluated for this event type\n");
    if (!x->why->rule->active)
        sk_buf_addz(x->out, "the rule is off: no alert is raised\n");
    sk_why_tree(x->why, cx, false, 2, x->out);
}

static int on_event(void *self, struct sk_ctx *cx)
{
    struct explain *x = self;

    x->seen++;
    if (x->want) {
        if (cx->ev->num == x->want)
            one_event(x, cx);
        return x->found || cx->ev->num > x->want;
    }
    if (!sk_event_set_has(&x->why->rule->events, cx->ev->type))
        return 0;
    x->of_type++;
    if (!sk_why_run(x->why, cx)) {
        x->blame[sk_why_blame(x->why)]++;
        return 0;
    }
    if (x->fired++ < FIRED_MAX && !x->json)
        sk_buf_printf(x->out, "event %" PRIu64 " (%s): fires, process %.*s\n", cx->ev->num,
                      sk_event_name(cx->ev), (int)(cx->th ? strnlen(cx->th->comm, SK_COMM_MAX) : 6),
                      cx->th ? cx->th->comm : "absent");
    return 0;
}

static void part_name(const struct sk_why_node *node, struct sk_buf *out)
{
    sk_buf_adds(out, node->macro.n ? node->macro : node->text);
}

static void summary(struct explain *x)
{
    bool any = false;

    if (x->json) {
        sk_buf_addz(x->out, "{\"rule\":\"");
        sk_buf_add_json(x->out, sk_str(x->why->rule->name));
        sk_buf_printf(x->out,
                      "\",\"events\":%" PRIu64 ",\"evaluated\":%" PRIu64 ",\"fired\":%" PRIu64
                      ",\"first_false\":[",
                      x->seen, x->of_type, x->fired);
    } else {
        sk_buf_printf(x->out,
                      "rule '%s': %" PRIu64 " events, %" PRIu64
                      " of the rule's types, fires for %" PRIu64 "\n",
                      x->why->rule->name, x->seen, x->of_type, x->fired);
        sk_buf_addz(x->out, x->of_type > x->fired ? "first false part:\n" : "");
    }
    for (size_t i = 0; i < x->why->n; i++) {
        if (!x->blame[i])
            continue;
        sk_buf_printf(x->out,
                      x->json ? "%s{\"count\":%" PRIu64 ",\"part\":\"" : "%s%10" PRIu64 "  ",
                      x->json && any ? "," : "", x->blame[i]);
        if (x->json) {
            sk_auto(buf) struct sk_buf name = SK_BUF(1u << 20);

            part_name(&x->why->node[i], &name);
            sk_buf_add_json(x->out, sk_buf_str(&name));
        } else {
            part_name(&x->why->node[i], x->out);
        }
        sk_buf_addz(x->out, x->json ? "\"}" : "\n");
        any = true;
    }
    sk_buf_addz(x->out, x->json ? "]}" : "");
}

static int with_capture(struct sk_app *app, struct explain *x, const char *file)
{
    sk_auto(mem) uint64_t *blame = calloc(x->why->n + 1, sizeof(*blame));
    char text[256];
    int rc;

    if (!blame)
        return sk_fail("no memory");
    x->blame = blame;
    rc = sk_replay(file, on_event, x, app->dg);
    if (rc < 0 && !x->found)
        return sk_fail(rc == -ENOMEM ? "no memory" : sk_diag_text(app->dg, SK_DIAG_ERROR));
    if (x->want && !x->found) {
        snprintf(text, sizeof(text), "'%.80s' has no event %" PRIu64 " that rules see", file,
                 x->want);
        return sk_fail(text);
    }
    if (!x->want)
        summary(x);
    return SK_EXIT_OK;
}

static int bad_words(const struct sk_app *app, uint64_t *out_want)
{
    const char *event = sk_args_value(&app->args, SK_OPT_EVENT);

    if (app->args.nwords < 1 || app->args.nwords > 2)
        return sk_fail("saker explain RULE [CAPTURE]: give the name of a rule, in quotes, and at "
                       "most one capture");
    if (event && (sk_parse_u64(event, strlen(event), out_want) || !*out_want))
        return sk_fail("--event: the number of an event is expected, counted from 1");
    if (event && app->args.nwords != 2)
        return sk_fail("--event: give the capture that holds the event");
    return SK_EXIT_OK;
}

/* What the kernel side tests, of one rule or of all. */
static int kernel(const struct sk_app *app, const struct sk_gen *gen)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX), text = SK_BUF(4096);
    const struct sk_rule *rule = NULL;
    struct sk_event_set whole;

    if (app->args.nwords > 1)
        return sk_fail(
            "saker explain --kernel [RULE]: give the name of a rule, in quotes, or none");
    if (app->args.nwords)
        rule = sk_ruleset_find(sk_gen_rules(gen), app->args.word[0]);
    if (app->args.nwords && !rule) {
        sk_buf_printf(&text, NO_RULE, app->args.word[0]);
        return sk_fail(sk_buf_str(&text).p);
    }
    if (rule && !rule->active)
        sk_buf_addz(&out, "the rule is off: nothing is captured for it\n");
    if (!sk_gen_prefilter(gen))
        sk_buf_addz(&out,
                    "nothing is filtered: engine.prefilter is off, or everything is recorded; "
                    "this is what would be:\n");
    sk_whole_events(app->conf, &whole);
    if (sk_prefilter_explain(sk_gen_rules(gen), rule, &whole, &out))
        return sk_fail("no memory to explain the filter");
    return sk_put(&out);
}

int sk_explain(struct sk_app *app, const struct sk_gen *gen)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    struct explain x = {.json = app->conf->json_output, .out = &out};
    sk_auto(why) struct sk_why *why = NULL;
    const struct sk_rule *rule;
    sk_auto(buf) struct sk_buf text = SK_BUF(4096);
    int code;

    if (sk_args_has(&app->args, SK_OPT_KERNEL))
        return kernel(app, gen);
    code = bad_words(app, &x.want);
    if (code != SK_EXIT_OK)
        return code;
    rule = sk_ruleset_find(sk_gen_rules(gen), app->args.word[0]);
    if (!rule) {
        sk_buf_printf(&text, NO_RULE, app->args.word[0]);
        return sk_fail(sk_buf_str(&text).p);
    }
    if (sk_why_new(sk_gen_rules(gen), rule, &why))
        return sk_fail("no memory to explain the rule");
    x.why = why;
    if (app->args.nwords == 2)
        code = with_capture(app, &x, app->args.word[1]);
    else if (x.json)
        sk_why_json(why, NULL, &out);
    else
        sk_why_describe(why, &out);
    if (code != SK_EXIT_OK)
        return code;
    if (x.json)
        sk_buf_addc(&out, '\n');
    return sk_put(&out);
}
