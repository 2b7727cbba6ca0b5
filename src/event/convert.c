/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c - applies the rows of tbl/converter.def to a record until none is left to apply.
 *
 * The bytes are those of a file: a record is cut with checked bounds before a rule reads it, and so
 * is the kept enter event.  A kept event of another call, or one that is too short, counts as none:
 * captures lose events, and the exit event is worth having without its arguments. */
#include "event/convert.h"

#include <errno.h>

#include "event/enters.h"
#include "record.h"

static_assert(SK_EVENT_MAX_PARAMS <= 32, "an index fits into sk_convert_param");

enum {
#define EVENT(code, en, ...) CODE_##en = (code),
#include "events.def"
};

#define OLD(k)       {SK_CO_OLD, k}
#define ENTER(k)     {SK_CO_ENTER, k}
#define ENTER_NUL(k) {SK_CO_ENTER_NUL, k}
#define ZERO         {SK_CO_ZERO, 0}
#define NUL          {SK_CO_NUL, 0}
#define JSON         {SK_CO_JSON, 0}

/* A list is counted as one that has one more. */
const struct sk_convert_rule sk_convert_rules[] = {
#define CONVERT(en, np, act, to_en, ...)                                                  \
    {.from = CODE_##en,                                                                   \
     .to = CODE_##to_en,                                                                  \
     .nparams = np,                                                                       \
     .action = SK_CA_##act,                                                               \
     .n = SK_ARRAY_LEN(((struct sk_convert_param[]){{SK_CO_NUL, 0}, ##__VA_ARGS__})) - 1, \
     .param = {__VA_ARGS__}},
#include "converter.def"
};
const size_t sk_convert_rules_n = SK_ARRAY_LEN(sk_convert_rules);
static_assert(SK_ARRAY_LEN(sk_convert_rules) < 256, "rule_of holds a number and one");

/* Event code and number of parameters -> index in sk_convert_rules + 1. */
static const uint8_t rule_of[SK_EVENT_N][SK_EVENT_MAX_PARAMS] = {
#define CONVERT(en, np, ...) [CODE_##en][np] = __COUNTER__ + 1,
#include "converter.def"
};

struct sk_converter {
    struct sk_enters *enters;
    struct sk_buf json;
    unsigned turn; /* which of the two was written last: a step reads one and writes the other */
    uint8_t scratch[2][SK_CONVERT_MAX_BYTES];
};

/* A record whose bounds were checked. */
struct cut {
    struct sk_rec_hdr h;
    const struct sk_event_info *info;
    const uint8_t *rec;
    unsigned width;                        /* bytes of a length */
    uint32_t off[SK_EVENT_MAX_PARAMS + 1]; /* where parameters begin, and where the last ends */
};

/* The record that is made. */
struct made {
    uint8_t *rec;
    const struct sk_event_info *info;
    unsigned width;
    uint32_t nparams, i; /* all; written */
    size_t used;
};

int sk_converter_new(struct sk_converter **out)
{
    sk_auto(converter) struct sk_converter *c = calloc(1, sizeof(*c));
    int err;

    if (!c)
        return -ENOMEM;
    c->json = SK_BUF(UINT16_MAX - 1);
    err = sk_enters_new(SK_CONVERT_MAX_ENTERS, SK_CONVERT_MAX_ENTER_BYTES, &c->enters);
    if (err)
        return err;
    *out = SK_TAKE(c);
    return 0;
}

void sk_converter_free(struct sk_converter *c)
{
    if (!c)
        return;
    sk_enters_free(c->enters);
    sk_buf_done(&c->json);
    free(c);
}

void converter_freep(struct sk_converter **c)
{
    sk_converter_free(*c);
    *c = NULL;
}

void sk_converter_reset(struct sk_converter *c)
{
    sk_enters_clear(c->enters);
}

const void *sk_converter_kept(const struct sk_converter *c, uint64_t tid, size_t *out_len)
{
    const struct sk_enter *x = sk_enters_get(c->enters, tid);

    if (!x)
        return NULL;
    *out_len = x->len;
    return x->rec;
}

uint64_t sk_converter_lost(const struct sk_converter *c)
{
    return sk_enters_lost(c->enters);
}

static int refuse(const char **why, const char *what)
{
    *why = what;
    return -EBADMSG;
}

static unsigned width_of(const struct sk_event_info *info)
{
    return info->flags & SK_EF_LARGE_PAYLOAD ? 4 : 2;
}

static uint32_t read_len(const uint8_t *at, unsigned width)
{
    uint32_t len = 0;

    memcpy(&len, at, width);
    return len;
}

/* rec has h.len bytes and the type of h is known; false: its lengths do not add up. */
static bool cut(const uint8_t *rec, const struct sk_rec_hdr *h, struct cut *out)
{
    uint32_t at;

    out->h = *h;
    out->rec = rec;
    out->info = &sk_events[h->type];
    out->width = width_of(out->info);
    if (h->nparams > SK_EVENT_MAX_PARAMS || h->nparams * out->width > h->len - SK_REC_HDR_BYTES)
        return false;
    at = SK_REC_HDR_BYTES + h->nparams * out->width;
    for (uint32_t i = 0; i < h->nparams; i++) {
        uint32_t len = read_len(rec + SK_REC_HDR_BYTES + i * out->width, out->width);

        out->off[i] = at;
        if (len > h->len - at)
            return false;
        at += len;
    }
    out->off[h->nparams] = at;
    return at == h->len;
}

static bool cut_enter(const struct sk_enter *x, struct cut *out)
{
    struct sk_rec_hdr h;

    memcpy(&h, x->rec, sizeof(h));
    return cut(x->rec, &h, out);
}

/* Longest value of a parameter, and the length of its zero; 0: any length, none. */
static uint32_t fixed_bytes(enum sk_type t)
{
    return t == SK_T_CHARBUFARRAY ? 0 : sk_type_size(t);
}

static bool put(struct made *m, const void *p, uint32_t len)
{
    uint32_t max = fixed_bytes(m->info->param[m->i].type);
    uint32_t n = SK_MIN(len, max ? max : m->width == 2 ? UINT16_MAX : UINT32_MAX);

    if (n > SK_CONVERT_MAX_BYTES - m->used)
        return false;
    if (n)
        memcpy(m->rec + m->used, p, n);
    memcpy(m->rec + SK_REC_HDR_BYTES + m->i * m->width, &n, m->width);
    m->used += n;
    m->i++;
    return true;
}

static bool put_zero(struct made *m)
{
    static const uint8_t zero[16], ones[4] = {0xff, 0xff, 0xff, 0xff};
    enum sk_type t = m->info->param[m->i].type;

    return put(m, t == SK_T_UID || t == SK_T_GID ? ones : zero, fixed_bytes(t));
}

/* Parameter i of a record as text, up to its NUL. */
static struct sk_str text_at(const struct cut *r, unsigned i)
{
    const char *p = (const char *)r->rec + r->off[i];

    return (struct sk_str){p, strnlen(p, r->off[i + 1] - r->off[i])};
}

/* id, type, name, image -> the JSON object of later container events. */
static bool put_json(struct sk_converter *c, struct made *m, const struct cut *r)
{
    static const char *const key[] = {"{\"id\":\"", NULL, ",\"name\":\"", "\",\"image\":\""};
    uint32_t type = 0;

    if (r->h.nparams != SK_ARRAY_LEN(key))
        return put(m, NULL, 0);
    memcpy(&type, r->rec + r->off[1], SK_MIN(r->off[2] - r->off[1], sizeof(type)));
    sk_buf_reset(&c->json);
    for (unsigned i = 0; i < SK_ARRAY_LEN(key); i++) {
        if (!key[i]) {
            sk_buf_printf(&c->json, "\",\"type\":%u", type);
            continue;
        }
        sk_buf_addz(&c->json, key[i]);
        sk_buf_add_json(&c->json, text_at(r, i));
    }
    sk_buf_addz(&c->json, "\"}");
    if (c->json.failed)
        return put(m, NULL, 0);
    return put(m, c->json.p, (uint32_t)c->json.n + 1);
}

/* The list of a rule, one parameter after the other. */
static bool fill(struct sk_converter *c, const struct sk_convert_rule *rule, const struct cut *r,
                 struct made *m)
{
    struct sk_enter *x = NULL;
    struct cut enter;
    bool looked = false, ok = true;

    for (unsigned k = 0; k < rule->n && ok; k++) {
        const struct sk_convert_param *p = &rule->param[k];
        unsigned i = p->i;

        switch ((enum sk_convert_op)p->op) {
        case SK_CO_OLD:
            ok = put(m, r->rec + r->off[i], r->off[i + 1] - r->off[i]);
            break;
        case SK_CO_ENTER:
        case SK_CO_ENTER_NUL:
            if (!looked) {
                x = sk_enters_get(c->enters, r->h.tid);
                if (x && (!cut_enter(x, &enter) || enter.h.type + 1 != r->h.type))
                    x = NULL;
                looked = true;
            }
            if (x && i < enter.h.nparams)
                ok = put(m, enter.rec + enter.off[i], enter.off[i + 1] - enter.off[i]);
            else
                ok = p->op == SK_CO_ENTER ? put_zero(m) : put(m, NULL, 0);
            break;
        case SK_CO_ZERO:
            ok = put_zero(m);
            break;
        case SK_CO_NUL:
            ok = put(m, NULL, 0);
            break;
        case SK_CO_JSON:
            ok = put_json(c, m, r);
            break;
        }
    }
    if (x)
        sk_enters_used(c->enters, x);
    return ok;
}

/* Old parameters keep their place in front of those that are added. */
static bool begin_add(const struct cut *r, struct made *m)
{
    uint32_t first = SK_REC_HDR_BYTES + r->h.nparams * r->width;
    uint32_t bytes = r->h.len - first;

    if (bytes > SK_CONVERT_MAX_BYTES - m->used)
        return false;
    memcpy(m->rec + SK_REC_HDR_BYTES, r->rec + SK_REC_HDR_BYTES, r->h.nparams * r->width);
    memcpy(m->rec + m->used, r->rec + first, bytes);
    m->used += bytes;
    m->i = r->h.nparams;
    return true;
}

static int make(struct sk_converter *c, const struct sk_convert_rule *rule, const struct cut *r,
                const char **why)
{
    bool add = rule->action == SK_CA_ADD;
    struct sk_rec_hdr h = r->h;
    struct made m = {.info = &sk_events[rule->to], .nparams = rule->n + (add ? h.nparams : 0)};
    bool ok;

    c->turn ^= 1;
    m.rec = c->scratch[c->turn];
    m.width = width_of(m.info);
    m.used = SK_REC_HDR_BYTES + (size_t)m.nparams * m.width;
    ok = !add || begin_add(r, &m);
    if (!ok || !fill(c, rule, r, &m))
        return refuse(why, "the converted event would be longer than 64 KiB");
    h.type = rule->to;
    h.nparams = m.nparams;
    h.len = (uint32_t)m.used;
    memcpy(m.rec, &h, sizeof(h));
    return SK_CONVERT_DONE;
}

/* Saker's own writers put extensions behind the parameters of the row: those are not too many. */
static bool has_extensions(const uint8_t *rec, const struct sk_rec_hdr *h)
{
    const struct sk_event_info *info = &sk_events[h->type];
    unsigned width = width_of(info);
    size_t at = SK_REC_HDR_BYTES + (size_t)h->nparams * width;

    if (h->nparams > SK_REC_MAX_PARAMS || at > h->len)
        return false;
    for (unsigned i = 0; i < info->nparams; i++)
        at += read_len(rec + SK_REC_HDR_BYTES + i * width, width);
    return at < h->len && rec[at] >= SK_X_TASK && rec[at] <= SK_X_EXEC;
}

/* What is to be done with a record: PASS, DROP, MORE (a rule applies), or -EBADMSG. */
static int judge(const uint8_t *rec, const struct sk_rec_hdr *h, const char **why)
{
    const struct sk_event_info *info = &sk_events[h->type];

    if (info->flags & SK_EF_UNUSED)
        return SK_CONVERT_DROP;
    if (!(info->flags & SK_EF_CONVERTER_MANAGED)) {
        if (!(info->flags & SK_EF_OLD_VERSION))
            return SK_CONVERT_PASS;
        return info->exit ? refuse(why, "an old event that nothing replaces") : SK_CONVERT_DROP;
    }
    if (!info->exit)
        return SK_CONVERT_MORE;
    if (h->nparams > info->nparams && !has_extensions(rec, h))
        return refuse(why, "the event has more parameters than its type");
    if (info->flags & SK_EF_OLD_VERSION || h->nparams < info->nparams)
        return SK_CONVERT_MORE;
    return SK_CONVERT_PASS;
}

static int apply(struct sk_converter *c, const uint8_t *rec, const struct sk_rec_hdr *h,
                 const char **why)
{
    const struct sk_convert_rule *rule = NULL;
    struct cut r;

    if (h->nparams < SK_EVENT_MAX_PARAMS && rule_of[h->type][h->nparams])
        rule = &sk_convert_rules[rule_of[h->type][h->nparams] - 1];
    if (!rule)
        return refuse(why, "no version of the event has this number of parameters");
    if (h->len > SK_CONVERT_MAX_BYTES)
        return refuse(why, "an event that has to be converted is longer than 64 KiB");
    if (!cut(rec, h, &r))
        return refuse(why, "the lengths of the event's parameters do not add up");
    switch ((enum sk_convert_action)rule->action) {
    case SK_CA_STORE:
    case SK_CA_STORE_PASS:
        sk_enters_put(c->enters, h->tid, rec, h->len);
        return rule->action == SK_CA_STORE ? SK_CONVERT_DROP : SK_CONVERT_PASS;
    case SK_CA_PASS:
        return SK_CONVERT_PASS;
    case SK_CA_ADD:
    case SK_CA_CHANGE:
        break;
    }
    return make(c, rule, &r, why);
}

static int read_header(const void *rec, size_t len, struct sk_rec_hdr *out, const char **why)
{
    if (len < sizeof(*out))
        return refuse(why, "the event is shorter than its header");
    memcpy(out, rec, sizeof(*out));
    if (out->len < sizeof(*out) || out->len > len)
        return refuse(why, "the length of the event is not the one of its block");
    if (out->type >= SK_EVENT_N)
        return refuse(why, "the type of the event is unknown");
    return 0;
}

int sk_convert_step(struct sk_converter *c, const void *rec, size_t len, const void **out,
                    size_t *out_len, const char **why)
{
    struct sk_rec_hdr h;
    int rc = read_header(rec, len, &h, why);

    if (!rc)
        rc = judge(rec, &h, why);
    if (rc == SK_CONVERT_MORE)
        rc = apply(c, rec, &h, why);
    if (rc < 0 || rc == SK_CONVERT_DROP)
        return rc;
    if (rc == SK_CONVERT_PASS) {
        *out = rec;
        *out_len = h.len;
        return rc;
    }
    *out = c->scratch[c->turn];
    memcpy(&h, *out, sizeof(h));
    *out_len = h.len;
    rc = judge(*out, &h, why);
    return rc == SK_CONVERT_PASS ? SK_CONVERT_DONE : rc;
}

int sk_convert(struct sk_converter *c, const void *rec, size_t len, const void **out,
               size_t *out_len, const char **why)
{
    const void *at = rec;

    for (unsigned step = 0; step < SK_CONVERT_MAX_STEPS; step++) {
        int rc = sk_convert_step(c, at, len, &at, &len, why);

        if (rc == SK_CONVERT_MORE)
            continue;
        if (rc == SK_CONVERT_PASS && step)
            rc = SK_CONVERT_DONE; /* an enter event that became one that passes */
        if (rc == SK_CONVERT_PASS || rc == SK_CONVERT_DONE) {
            *out = at;
            *out_len = len;
        }
        return rc;
    }
    return refuse(why, "the event changes without an end");
}
