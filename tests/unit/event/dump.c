/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c - see dump.h. */
#include "tests/unit/event/dump.h"

#include <inttypes.h>

#include "event/convert.h"

static const char *fmt_name(enum sk_print f)
{
    static const char *const names[] = {"NA", "DEC", "HEX", "10_PADDED_DEC", "ID", "DIR", "OCT"};

    return names[f];
}

/* Appends `name`, behind a separator when it is not the first of the list that began at `start`. */
static void add_item(struct sk_buf *out, size_t start, char sep, const char *name)
{
    if (out->n > start)
        sk_buf_addc(out, sep);
    sk_buf_addz(out, name);
}

static void add_category(struct sk_buf *out, uint32_t c)
{
    static const char *const low[] = {
        [0] = "UNKNOWN", [1] = "OTHER",   [2] = "FILE",     [3] = "NET",       [4] = "IPC",
        [5] = "MEMORY",  [6] = "PROCESS", [7] = "SLEEP",    [8] = "SYSTEM",    [9] = "SIGNAL",
        [10] = "USER",   [11] = "TIME",   [32] = "IO_READ", [33] = "IO_WRITE", [34] = "IO_OTHER"};
    static const char *const high[] = {"WAIT",       "SCHEDULER", "INTERNAL",  "SYSCALL",
                                       "TRACEPOINT", "PLUGIN",    "METAEVENT", "ITER"};
    size_t start = out->n;

    if (c & 63 || !(c & (SK_EC_WAIT | SK_EC_SCHEDULER)))
        add_item(out, start, '|', low[c & 63]);
    for (unsigned i = 0; i < SK_ARRAY_LEN(high); i++)
        if (c & (1u << (6 + i)))
            add_item(out, start, '|', high[i]);
}

static void add_bits(struct sk_buf *out, uint32_t v, const char *const *names, unsigned n, char sep)
{
    size_t start = out->n;

    for (unsigned i = 0; i < n; i++)
        if (v & (1u << i))
            add_item(out, start, sep, names[i]);
}

static void add_flags(struct sk_buf *out, uint32_t f)
{
    static const char *const names[] = {"CREATES_FD",       "DESTROYS_FD",  "USES_FD",
                                        "READS_FROM_FD",    "WRITES_TO_FD", "MODIFIES_STATE",
                                        "UNUSED",           "WAITS",        "SKIPPARSERESET",
                                        "OLD_VERSION",      "1024",         "LARGE_PAYLOAD",
                                        "CONVERTER_MANAGED"};

    if (f)
        add_bits(out, f, names, SK_ARRAY_LEN(names), '|');
    else
        sk_buf_addz(out, "NONE");
}

/* What a parameter refers to: "flags=file_flags". */
static void add_info(struct sk_buf *out, const struct sk_param_info *p)
{
    if (p->flags)
        sk_buf_printf(out, "flags=%s", p->flags->name);
    else if (p->dyn)
        sk_buf_printf(out, "dyn=%s[%zu]", p->dyn->name, p->dyn->n);
    else if (p->dirfd >= 0)
        sk_buf_printf(out, "dirfd_param=%d", p->dirfd);
}

static void write_events(struct sk_buf *out)
{
    sk_buf_addz(out, "code,enum,name,dir,category,flags,nparams,params\n");
    for (unsigned c = 0; c < SK_EVENT_N; c++) {
        const struct sk_event_info *e = &sk_events[c];

        sk_buf_printf(out, "%u,%s,%s,%c,", c, e->enum_name, e->name, e->exit ? 'X' : 'E');
        add_category(out, e->category);
        sk_buf_addc(out, ',');
        add_flags(out, e->flags);
        sk_buf_printf(out, ",%u,\"", e->nparams);
        for (unsigned i = 0; i < e->nparams; i++) {
            const struct sk_param_info *p = &e->param[i];

            sk_buf_printf(out, "%s%s:%s:%s", i ? "; " : "", p->name, sk_type_name(p->type),
                          fmt_name(p->fmt));
            if (p->flags || p->dyn || p->dirfd >= 0)
                sk_buf_addc(out, ':');
            add_info(out, p);
        }
        sk_buf_addz(out, "\"\n");
    }
}

static void write_event_params(struct sk_buf *out)
{
    sk_buf_addz(out, "code,enum,name,dir,idx,param,type,fmt,info\n");
    for (unsigned c = 0; c < SK_EVENT_N; c++) {
        const struct sk_event_info *e = &sk_events[c];

        for (unsigned i = 0; i < e->nparams; i++) {
            const struct sk_param_info *p = &e->param[i];

            sk_buf_printf(out, "%u,%s,%s,%c,%u,%s,%s,%s,", c, e->enum_name, e->name,
                          e->exit ? 'X' : 'E', i, p->name, sk_type_name(p->type), fmt_name(p->fmt));
            add_info(out, p);
            sk_buf_addc(out, '\n');
        }
    }
}

static void add_syscall(struct sk_buf *out, const char *arch, int nr,
                        const struct sk_syscall_info *s)
{
    static const char *const names[] = {"USED", "NEVER_DROP", "ALWAYS_DROP"};

    sk_buf_printf(out, "%s,%d,%s,%u,", arch, nr, s->name, s->ppm_sc);
    for (const char *c = sk_ppm_sc[s->ppm_sc].name; *c; c++)
        sk_buf_addc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    sk_buf_addc(out, ',');
    add_bits(out, s->flags, names, SK_ARRAY_LEN(names), '|');
    /* Falco's table leaves both events of a call without a pair at zero. */
    sk_buf_printf(out, ",%s,%s\n", sk_events[s->enter].enum_name,
                  sk_events[s->enter ? s->exit : 0].enum_name);
}

static void write_syscalls(struct sk_buf *out)
{
    sk_buf_addz(out, "arch,nr,syscall,ppm_sc,ppm_sc_name,flags,enter_event,exit_event\n");
    for (int arm = 0; arm < 2; arm++)
        for (int nr = 0; nr < 1024; nr++)
            for (size_t i = 0; i < sk_syscalls_n; i++)
                if ((arm ? sk_syscalls[i].nr_aarch64 : sk_syscalls[i].nr_x86_64) == nr)
                    add_syscall(out, arm ? "aarch64" : "x86_64", nr, &sk_syscalls[i]);
}

static void write_ppm_sc(struct sk_buf *out)
{
    static const char *const names[] = {"state", "simple", "io",   "io_other",
                                        "file",  "net",    "proc", "sys"};

    sk_buf_addz(out, "code,name,sets,events\n");
    for (size_t c = 0; c < sk_ppm_sc_n; c++) {
        const struct sk_ppm_sc_info *s = &sk_ppm_sc[c];

        if (!s->name)
            continue;
        sk_buf_printf(out, "%zu,%s,", c, s->name);
        add_bits(out, s->sets, names, SK_ARRAY_LEN(names), ';');
        for (unsigned i = 0; i < s->nevents; i++)
            sk_buf_printf(out, "%c%u", i ? ';' : ',', s->event[i]);
        sk_buf_addc(out, '\n');
    }
}

static void write_flags(struct sk_buf *out)
{
    sk_buf_addz(out, "table,name,value,value_hex\n");
    for (size_t t = 0; t < sk_flag_tables_n; t++)
        for (size_t i = 0; i < sk_flag_tables[t]->n; i++) {
            const struct sk_flag *f = &sk_flag_tables[t]->row[i];

            sk_buf_printf(out, "%s,%s,%" PRIu32 ",0x%" PRIx32 "\n", sk_flag_tables[t]->name,
                          f->name, f->value, f->value);
        }
}

static void write_dynamic_params(struct sk_buf *out)
{
    const struct sk_dyn_table *seen[16];
    size_t n = 0;

    sk_buf_addz(out, "table,idx,type,fmt\n");
    for (unsigned c = 0; c < SK_EVENT_N; c++)
        for (unsigned i = 0; i < sk_events[c].nparams; i++) {
            const struct sk_dyn_table *t = sk_events[c].param[i].dyn;
            size_t k = 0;

            while (k < n && seen[k] != t)
                k++;
            if (!t || k < n || n == SK_ARRAY_LEN(seen))
                continue;
            seen[n++] = t;
            for (k = 0; k < t->n; k++)
                sk_buf_printf(out, "%s,%zu,%s,%s\n", t->name, k, sk_type_name(t->row[k].type),
                              fmt_name(t->row[k].fmt));
        }
}

static void add_instruction(struct sk_buf *out, struct sk_convert_param p)
{
    switch ((enum sk_convert_op)p.op) {
    case SK_CO_OLD:
        sk_buf_printf(out, "old:%u", p.i);
        return;
    case SK_CO_ENTER:
        sk_buf_printf(out, "enter:%u|default", p.i);
        return;
    case SK_CO_ENTER_NUL:
        sk_buf_printf(out, "enter:%u|empty", p.i);
        return;
    case SK_CO_ZERO:
        sk_buf_addz(out, "default");
        return;
    case SK_CO_NUL:
        sk_buf_addz(out, "empty");
        return;
    case SK_CO_JSON:
        sk_buf_addz(out, "callback(container_json)");
        return;
    }
}

static void write_converter(struct sk_buf *out)
{
    static const char *const actions[] = {"STORE", "STORE_AND_PASS", "PASS", "ADD_PARAMS",
                                          "CHANGE_TYPE"};

    sk_buf_addz(out, "code,event,nparams,action,new_code,new_event,instructions\n");
    for (size_t i = 0; i < sk_convert_rules_n; i++) {
        const struct sk_convert_rule *r = &sk_convert_rules[i];

        sk_buf_printf(out, "%u,%s,%u,%s,", r->from, sk_events[r->from].enum_name, r->nparams,
                      actions[r->action]);
        if (r->action == SK_CA_CHANGE)
            sk_buf_printf(out, "%u,%s", r->to, sk_events[r->to].enum_name);
        else
            sk_buf_addc(out, ',');
        sk_buf_addz(out, ",\"");
        for (unsigned k = 0; k < r->n; k++) {
            sk_buf_addz(out, k ? "; " : "");
            add_instruction(out, r->param[k]);
        }
        sk_buf_addz(out, "\"\n");
    }
}

const struct dump dumps[] = {
    {"events", write_events},       {"event_params", write_event_params},
    {"syscalls", write_syscalls},   {"ppm_sc", write_ppm_sc},
    {"flags", write_flags},         {"dynamic_params", write_dynamic_params},
    {"converter", write_converter},
};
const size_t dumps_n = SK_ARRAY_LEN(dumps);
