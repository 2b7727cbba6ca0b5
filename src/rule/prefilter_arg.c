/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_arg.c - parameters of events: numbers, flags, and numbers that have names.
 *
 * Conditions compare texts (evt.arg.flags contains O_CREAT, evt.res = ENOENT).  Which numbers have a text
 * that satisfies the check is found by asking the check itself, name by name. */
#include "field/fd_view.h"
#include "field/names.h"
#include "rule/prefilter_own.h"

#define ERRNO_MAX 600

static const char why_digits[] = "the text may be a number as well";
static const char why_kind[] =
    "the kernel side does not have this parameter before the record is filled";

static bool holds(struct sk_pfc *c, const struct sk_pred *pred, struct sk_str text)
{
    struct sk_vals one; /* large, and mostly not looked at */

    one.n = 1;
    one.v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = text};
    return sk_match_pred(pred, &one, NULL, 0, c->tmp);
}

/* No number that is written in digits satisfies the check, nor the text of a parameter that is not there:
 * "<NA>". */
static bool no_digits(const struct sk_pred *pred)
{
    switch (pred->op) {
    case SK_OP_EQ:
    case SK_OP_NE:
    case SK_OP_IN:
    case SK_OP_CONTAINS:
    case SK_OP_ICONTAINS:
    case SK_OP_STARTSWITH:
    case SK_OP_ENDSWITH:
        break;
    default:
        return false;
    }
    for (size_t i = 0; i < pred->n; i++) {
        bool letter = false;

        for (size_t k = 0; k < pred->rhs[i].s.n; k++)
            letter |= strchr("_BCDEFGHIJKLMOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                             pred->rhs[i].s.p[k]) &&
                      pred->rhs[i].s.p[k];
        if (!letter)
            return false;
    }
    return pred->n > 0;
}

/* Numbers for which the check says yes; of `!=` those for which it says no. */
static void add_if(struct sk_pfc *c, const struct sk_pred *pred, struct sk_str text, uint64_t v,
                   struct sk_pe_list *l)
{
    if (holds(c, pred, text) != (pred->op == SK_OP_NE))
        sk_pe_add(c, l, &(struct sk_pe){.kind = SK_PE_NUM, .num = v});
}

/* Names of one number are printed all. {NULL, 0}: it has been told before. */
static struct sk_str enum_text(struct sk_pfc *c, const struct sk_flag_table *t, size_t at)
{
    struct sk_buf b = SK_BUF(1024);
    struct sk_str text;
    size_t same = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (t->row[i].value != t->row[at].value)
            continue;
        if (i < at)
            return (struct sk_str){NULL, 0};
        same++;
    }
    if (same == 1)
        return sk_str(t->row[at].name);
    for (size_t i = at; i < t->n; i++)
        if (t->row[i].value == t->row[at].value)
            sk_buf_printf(&b, "%s%s", b.n ? "|" : "", t->row[i].name);
    text = (struct sk_str){sk_arena_dup(c->tmp, sk_buf_str(&b)), b.n};
    c->failed |= b.failed || !text.p;
    sk_buf_done(&b);
    return text;
}

static void low_enum(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                     const struct sk_flag_table *t, struct sk_low *out)
{
    struct sk_pe_list yes = {0};

    for (size_t i = 0; i < t->n; i++) {
        struct sk_str text = enum_text(c, t, i);

        if (text.p)
            add_if(c, pred, text, t->row[i].value, &yes);
    }
    sk_low_numbers(c, num, &yes, out);
    out->flip = pred->op == SK_OP_NE;
}

/* A text of flags has a name where all bits of that flag are set and no flag before it took one. */
static void low_flags(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                      const struct sk_flag_table *t, bool zero_has_name, struct sk_low *out)
{
    uint64_t up = 0, low = 0, before = 0;
    bool zero = false;

    if ((pred->op != SK_OP_CONTAINS && pred->op != SK_OP_ICONTAINS) || pred->n != 1 ||
        memchr(pred->rhs->s.p, '|', pred->rhs->s.n)) {
        sk_low_unknown(c, out, "of flags, the kernel side tests whether one is among them");
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        uint64_t f = t->row[i].value;

        if (holds(c, pred, sk_str(t->row[i].name))) {
            zero |= !f && zero_has_name;
            up |= f;
            if (f && !(f & (f - 1)) && !(before & f))
                low |= f;
        }
        before |= f;
    }
    *out = (struct sk_low){.guard = SK_PT_NONE};
    out->up_f = sk_dnf_const(c, false);
    out->low_f = sk_dnf_const(c, false);
    if (up)
        out->up_f = sk_dnf_compare(c, num, SK_PF_ANY, up, false);
    if (zero)
        out->up_f = sk_dnf_or(c, out->up_f, sk_dnf_compare(c, num, SK_PF_EQ, 0, false));
    if (low && sk_pt_number(c, (struct sk_pt_kind){SK_PF_NUM, num.fact, num.n, SK_PF_ANY}, low) !=
                   SK_PT_NONE)
        out->low_f = sk_dnf_compare(c, num, SK_PF_ANY, low, false);
    if (up != low || zero)
        out->why = "flags of several bits: behind a `not` they are not all tested";
}

static void low_errno(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                      bool success_has_name, struct sk_low *out)
{
    struct sk_pe_list yes = {0};
    bool success;
    struct sk_dnf d;

    for (int e = 1; e < ERRNO_MAX; e++)
        if (sk_errno_name(e))
            add_if(c, pred, sk_str(sk_errno_name(e)), (uint64_t)(int64_t)-e, &yes);
    sk_low_numbers(c, num, &yes, out);
    out->flip = pred->op == SK_OP_NE;
    success = success_has_name && holds(c, pred, SK_STR("SUCCESS")) != out->flip;
    if (!success)
        return;
    d = sk_dnf_compare(c, num, SK_PF_SGT, (uint64_t)-1, false);
    if (yes.n)
        d = sk_dnf_or(c, d, sk_dnf_lit(c, sk_pt_set(c, out->kind, &yes), false));
    *out =
        (struct sk_low){.guard = SK_PT_NONE, .flip = pred->op == SK_OP_NE, .up_f = d, .low_f = d};
}

/* Names of calls in the first parameter of GENERIC; numbers without one may be anything. */
static void low_call(struct sk_pfc *c, const struct sk_pred *pred, struct sk_low *out)
{
    struct sk_number num = {.fact = SK_PF_F_PARAM};
    struct sk_pt_kind kind = {SK_PF_NUM, SK_PF_F_PARAM, 0, SK_PF_IN};
    struct sk_pe_list yes = {0}, also = {0};
    uint32_t test;

    for (size_t i = 0; i < sk_ppm_sc_n; i++) {
        if (sk_ppm_sc[i].name && i)
            add_if(c, pred, sk_str(sk_ppm_sc[i].name), i, &yes);
        else
            sk_pe_add(c, &also, &(struct sk_pe){.kind = SK_PE_NUM, .num = i});
    }
    sk_pe_join(c, &also, &yes);
    *out = (struct sk_low){.guard = SK_PT_NONE, .flip = pred->op == SK_OP_NE};
    out->up_f = sk_dnf_or(c, sk_dnf_lit(c, sk_pt_set(c, kind, &also), false),
                          sk_dnf_compare(c, num, SK_PF_GT, sk_ppm_sc_n - 1, false));
    out->low_f = sk_dnf_const(c, false);
    if (yes.n && (test = sk_pt_set(c, kind, &yes)) != SK_PT_NONE)
        out->low_f = sk_dnf_lit(c, test, false);
}

/* Types of descriptors as the kernel side and as userspace see them: see SK_PF_F_FDTYPE. */
static bool may_be(unsigned kernel, unsigned user)
{
    switch (kernel) {
    case SK_FD_IPV4_SOCK:
        return user == SK_FD_IPV4_SOCK || user == SK_FD_IPV4_SERVSOCK;
    case SK_FD_IPV6_SOCK:
        return user >= SK_FD_IPV4_SOCK && user <= SK_FD_IPV6_SERVSOCK;
    case SK_FD_FILE:
        return user == SK_FD_FILE || user == SK_FD_FILE_V1;
    default:
        return user == kernel;
    }
}

/* "" : no value. */
static struct sk_str text_of_type(const struct sk_field_ref *ref, unsigned t, char letter[2])
{
    if (!strcmp(ref->field->name, "fd.typechar")) {
        letter[0] = sk_fd_type_char((enum sk_fd_type)t);
        return (struct sk_str){letter, 1};
    }
    if (!strcmp(ref->field->name, "fd.sockfamily"))
        return sk_fd_is_ip((enum sk_fd_type)t) ? SK_STR("ip")
               : t == SK_FD_UNIX               ? SK_STR("unix")
                                               : SK_STR("");
    return sk_str_eqz(sk_fd_type_name((enum sk_fd_type)t), "<NA>")
               ? SK_STR("")
               : sk_fd_type_name((enum sk_fd_type)t);
}

static void low_fd_type(struct sk_pfc *c, const struct sk_pred *pred,
                        const struct sk_field_ref *ref, struct sk_low *out)
{
    struct sk_pe_list up = {0}, low = {0};

    for (unsigned k = 0; k <= SK_FD_PIDFD; k++) {
        bool some = false, all = true;

        if (k == SK_FD_FILE_V1 || k == SK_FD_IPV4_SERVSOCK || k == SK_FD_IPV6_SERVSOCK)
            continue; /* not told by the kernel side */
        for (unsigned u = 0; u <= SK_FD_PIDFD; u++) {
            char letter[2];
            struct sk_str text = text_of_type(ref, u, letter);
            bool yes;

            if (!may_be(k, u))
                continue;
            yes = text.n && holds(c, pred, text) != (pred->op == SK_OP_NE);
            some |= yes;
            all &= yes;
        }
        if (some)
            sk_pe_add(c, &up, &(struct sk_pe){.kind = SK_PE_NUM, .num = k});
        if (all)
            sk_pe_add(c, &low, &(struct sk_pe){.kind = SK_PE_NUM, .num = k});
    }
    sk_low_numbers(c, (struct sk_number){.fact = SK_PF_F_FDTYPE}, &up, out);
    out->low = low;
    out->flip = pred->op == SK_OP_NE;
}

static void low_proto(struct sk_pfc *c, const struct sk_pred *pred, struct sk_low *out)
{
    static const char *const names[] = {
        [SK_L4_UNKNOWN] = "<NA>", [SK_L4_NA] = "<NA>",   [SK_L4_TCP] = "tcp",
        [SK_L4_UDP] = "udp",      [SK_L4_ICMP] = "icmp", [SK_L4_RAW] = "raw"};
    struct sk_pe_list yes = {0};

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        add_if(c, pred, sk_str(names[i]), i, &yes);
    sk_low_numbers(c, (struct sk_number){.fact = SK_PF_F_L4PROTO}, &yes, out);
    out->flip = pred->op == SK_OP_NE;
}

static void low_container(struct sk_pfc *c, const struct sk_pred *pred, struct sk_low *out)
{
    struct sk_pe_list host = {0};

    if ((pred->op != SK_OP_EQ && pred->op != SK_OP_NE && pred->op != SK_OP_IN) || pred->n != 1 ||
        !sk_str_eqz(pred->rhs->s, "host")) {
        sk_low_unknown(c, out, "of containers, the kernel side knows whether there is one");
        return;
    }
    sk_pe_add(c, &host, &(struct sk_pe){.kind = SK_PE_NUM, .num = 0});
    sk_low_numbers(c, (struct sk_number){.fact = SK_PF_F_CONTAINER}, &host, out);
    out->flip = pred->op == SK_OP_NE;
}

void sk_low_named(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                  unsigned fact, struct sk_low *out)
{
    int i = sk_pf_result_param(c->code);

    switch (fact) {
    case SK_PF_F_RET:
        if (i < 0 || strcmp(sk_pf_rows[c->code].src[i], "RET") != 0)
            sk_low_unknown(c, out, "the result of this event is not that of a call");
        else if (!no_digits(pred))
            sk_low_unknown(c, out, why_digits);
        else
            low_errno(c, pred, (struct sk_number){.fact = SK_PF_F_RET}, true, out);
        return;
    case SK_PF_F_FDTYPE:
        low_fd_type(c, pred, ref, out);
        return;
    case SK_PF_F_L4PROTO:
        low_proto(c, pred, out);
        return;
    case SK_PF_F_CONTAINER:
        low_container(c, pred, out);
        return;
    default:
        if (c->code <= 1)
            low_call(c, pred, out);
        else
            sk_low_unknown(c, out, "the name of the event is not known");
    }
}

/* Index of the parameter that an argument names; -1: none. */
static int param_of(const struct sk_pfc *c, const struct sk_field_ref *ref)
{
    const struct sk_event_info *info = &sk_events[c->code];

    if (ref->arg_is_index)
        return ref->index >= 0 && ref->index < info->nparams ? (int)ref->index : -1;
    for (int i = 0; i < info->nparams; i++)
        if (sk_str_eqz(ref->key, info->param[i].name))
            return i;
    return -1;
}

/* The text of a number that nothing else is known of: its digits. */
static void low_digits(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                       struct sk_low *out)
{
    struct sk_pe_list yes = {0};

    if (pred->op != SK_OP_EQ && pred->op != SK_OP_NE && pred->op != SK_OP_IN) {
        sk_low_unknown(c, out, "the kernel side has numbers, not their text");
        return;
    }
    for (size_t i = 0; i < pred->n; i++) {
        struct sk_str s = pred->rhs[i].s;
        char text[32];
        int64_t v;

        /* Other ways to write it are the text of no number. */
        if (sk_parse_i64(s.p, s.n, &v) || (v < 0 && !num.is_signed))
            continue;
        snprintf(text, sizeof(text), "%lld", (long long)v);
        if (sk_str_eqz(s, text))
            sk_pe_add(c, &yes, &(struct sk_pe){.kind = SK_PE_NUM, .num = (uint64_t)v});
    }
    sk_low_numbers(c, num, &yes, out);
    out->flip = pred->op == SK_OP_NE;
}

static void low_text_arg(struct sk_pfc *c, const struct sk_pred *pred,
                         const struct sk_param_info *info, struct sk_number num, struct sk_low *out)
{
    switch (info->type) {
    case SK_T_FLAGS8:
    case SK_T_FLAGS16:
    case SK_T_FLAGS32:
    case SK_T_MODE:
        if (!info->flags || !no_digits(pred))
            sk_low_unknown(c, out, why_digits);
        else
            low_flags(c, pred, num, info->flags, true, out);
        return;
    case SK_T_ENUMFLAGS8:
    case SK_T_ENUMFLAGS16:
    case SK_T_ENUMFLAGS32:
        if (!info->flags || !no_digits(pred))
            sk_low_unknown(c, out, why_digits);
        else
            low_enum(c, pred, num, info->flags, out);
        return;
    case SK_T_ERRNO:
        if (!no_digits(pred))
            sk_low_unknown(c, out, why_digits);
        else
            low_errno(c, pred, num, false, out);
        return;
    case SK_T_INT8:
    case SK_T_INT16:
    case SK_T_INT32:
    case SK_T_INT64:
    case SK_T_UINT8:
    case SK_T_UINT16:
    case SK_T_UINT32:
        if (info->fmt == SK_PF_DEC) {
            low_digits(c, pred, num, out);
            return;
        }
        break;
    default:
        break;
    }
    sk_low_unknown(c, out, "the kernel side does not know the text of this parameter");
}

void sk_low_arg(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                bool raw, struct sk_low *out)
{
    int i = param_of(c, ref);
    const struct sk_param_info *info = i >= 0 ? &sk_events[c->code].param[i] : NULL;
    struct sk_number num = {SK_PF_F_PARAM, (uint8_t)SK_MAX(i, 0), false};

    if (!info) {
        *out = (struct sk_low){.guard = SK_PT_NONE};
        out->up_f = out->low_f = sk_dnf_const(c, false);
        return;
    }
    if (!sk_pf_param_ok(c->code, (unsigned)i)) {
        sk_low_unknown(c, out, why_kind);
        return;
    }
    if (!raw) {
        num.is_signed = sk_type_is_signed(info->type);
        low_text_arg(c, pred, info, num, out);
    } else if (sk_type_is_int(pred->type)) {
        num.is_signed = sk_type_is_signed(pred->type);
        sk_low_number(c, pred, num, out);
    } else {
        sk_low_unknown(c, out, "the kernel side tests numbers");
    }
}

/* `field = true` when yes_up may hold and yes_low surely does. */
static void low_bool(struct sk_pfc *c, const struct sk_pred *pred, struct sk_dnf up,
                     struct sk_dnf low, struct sk_low *out)
{
    if ((pred->op != SK_OP_EQ && pred->op != SK_OP_NE && pred->op != SK_OP_IN) || pred->n != 1) {
        sk_low_unknown(c, out, "the kernel side cannot make this comparison");
        return;
    }
    *out = (struct sk_low){.guard = SK_PT_NONE, .up_f = up, .low_f = low};
    out->flip = (pred->op == SK_OP_NE) == (pred->rhs->num != 0);
}

void sk_low_failed(struct sk_pfc *c, const struct sk_pred *pred, struct sk_low *out)
{
    int i = sk_pf_result_param(c->code);
    struct sk_number num = {.fact = SK_PF_F_RET, .is_signed = true};
    struct sk_dnf d;

    if (i < 0 || strcmp(sk_pf_rows[c->code].src[i], "RET") != 0) {
        sk_low_unknown(c, out, "the result of this event is not that of a call");
        return;
    }
    d = sk_dnf_compare(c, num, SK_PF_SLT, 0, false);
    low_bool(c, pred, d, d, out);
}

/* Flags as parameters hold them. */
enum open_flag {
#define FLAG(name, value) OPEN_##name = (value),
#include "flags/file_flags.def"
#undef FLAG
};

/* One of the bits of a parameter by name, which may be absent. */
static struct sk_dnf any_bit(struct sk_pfc *c, const char *param, uint64_t bits)
{
    int i = sk_event_param_index(&sk_events[c->code], param);

    if (i < 0)
        return sk_dnf_const(c, false);
    return sk_dnf_compare(c, (struct sk_number){SK_PF_F_PARAM, (uint8_t)i, false}, SK_PF_ANY, bits,
                          false);
}

void sk_low_open(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                 struct sk_low *out)
{
    const char *what = ref->field->name + strlen("evt.is_open_");
    const char *name = sk_events[c->code].exit ? sk_events[c->code].name : "";
    bool creat = !strcmp(name, "creat"), open = !strncmp(name, "open", 4);
    int flags = sk_event_param_index(&sk_events[c->code], "flags"),
        mode = sk_event_param_index(&sk_events[c->code], "mode");
    struct sk_dnf up, low;

    if ((open && flags >= 0 && !sk_pf_param_ok(c->code, (unsigned)flags)) ||
        ((open || creat) && mode >= 0 && !sk_pf_param_ok(c->code, (unsigned)mode))) {
        sk_low_unknown(c, out, why_kind);
        return;
    }
    up = low = sk_dnf_const(c, false);
    if (open && !strcmp(what, "read")) {
        up = low = any_bit(c, "flags", OPEN_O_RDONLY);
    } else if (open && !strcmp(what, "write")) {
        up = low = any_bit(c, "flags", OPEN_O_WRONLY);
    } else if (open && !strcmp(what, "create")) {
        up = any_bit(c, "flags", OPEN_O_F_CREATED | OPEN_O_TMPFILE);
        low = any_bit(c, "flags", OPEN_O_F_CREATED);
    } else if (!strcmp(what, "exec")) {
        up = creat ? sk_dnf_const(c, true) : any_bit(c, "flags", OPEN_O_CREAT | OPEN_O_TMPFILE);
        if (open || creat)
            up = sk_dnf_and(c, up, any_bit(c, "mode", 0111), SK_DNF_MAX);
        else
            up = sk_dnf_const(c, false);
        low = up;
    }
    low_bool(c, pred, up, low, out);
}
