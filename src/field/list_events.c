/* SPDX-License-Identifier: Apache-2.0 */
/* list_events.c - events with their parameters, as --list-events prints them.
 *
 * Every event that is not superseded is listed, whether or not Saker's own drivers make it: a
 * capture or a plugin may bring it.  System calls without an event of their own share the generic
 * pair. */
#include <assert.h>
#include <errno.h>

#include "base/json.h"
#include "event/table.h"
#include "field/list.h"

#define SCHEMA_VERSION "4.3.0"
#define GENERIC_E      0
#define GENERIC_X      1

enum section { SEC_SYSCALL, SEC_TRACEPOINT, SEC_PLUGIN, SEC_META, SEC_N };

static const struct {
    const char *name;
    uint32_t category;
} sections[SEC_N] = {
    [SEC_SYSCALL] = {"Syscall events", SK_EC_SYSCALL},
    [SEC_TRACEPOINT] = {"Tracepoint events", SK_EC_TRACEPOINT},
    [SEC_PLUGIN] = {"Plugin events", SK_EC_PLUGIN},
    [SEC_META] = {"Metaevents", SK_EC_METAEVENT},
};

/* High-volume I/O that is watched only on demand: the names of the option -i. */
static const char *const ignored[] = {"sendfile", "preadv", "readv", "pread",  "recv", "send",
                                      "pwritev",  "writev", "write", "pwrite", "read"};

static bool is_default(const char *name)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(ignored); i++)
        if (strcmp(name, ignored[i]) == 0)
            return false;
    return true;
}

static bool listed(unsigned code, enum section sec)
{
    const struct sk_event_info *info = &sk_events[code];

    return code > GENERIC_X && (info->category & sections[sec].category) &&
           !(info->flags & (SK_EF_OLD_VERSION | SK_EF_UNUSED));
}

/* One event in one format; `sep` stands between list items where the format has one. */
struct printer {
    enum sk_list_format format;
    const char *sep;
    struct sk_buf *out;
};

/* Tables of flags hold names that stand for the same bits under other names: each is printed. */
static void add_flags(const struct printer *pr, const struct sk_flag_table *t)
{
    const char *before = pr->format == SK_LIST_JSON ? "\"" : "", *sep = "";

    if (pr->format == SK_LIST_MARKDOWN)
        before = "*";
    for (size_t i = 0; i < t->n; i++) {
        sk_buf_printf(pr->out, "%s%s%s%s", sep, before, t->row[i].name, before);
        sep = pr->format == SK_LIST_JSON ? "," : ", ";
    }
}

static void add_param(const struct printer *pr, const struct sk_param_info *p)
{
    const struct sk_flag_table *t = p->flags && p->flags->n ? p->flags : NULL;

    if (pr->format != SK_LIST_JSON) {
        sk_buf_printf(pr->out, "%s **%s**%s", sk_type_name(p->type), p->name, t ? ": " : "");
        if (t)
            add_flags(pr, t);
        return;
    }
    sk_buf_addc(pr->out, '{');
    if (t) {
        sk_buf_addz(pr->out, "\"flags\":[");
        add_flags(pr, t);
        sk_buf_addz(pr->out, "],");
    }
    sk_buf_printf(pr->out, "\"name\":\"%s\",\"type\":\"%s\"}", p->name, sk_type_name(p->type));
}

static void add_event(struct printer *pr, const struct sk_event_info *info, const char *name)
{
    const char *dir = info->exit ? "<" : ">";
    const char *available = is_default(name) ? "Yes" : "No";

    if (pr->format == SK_LIST_TEXT)
        sk_buf_printf(pr->out, "%s %s(", dir, name);
    else if (pr->format == SK_LIST_MARKDOWN)
        sk_buf_printf(pr->out, "%s | `%s` | `%s` | ", available, dir, name);
    else
        sk_buf_printf(pr->out, "%s{\"available\":%s,\"dir\":\"%s\",\"name\":\"%s\",\"params\":[",
                      pr->sep, available[0] == 'Y' ? "true" : "false", dir, name);
    for (unsigned i = 0; i < info->nparams; i++) {
        if (i)
            sk_buf_addz(pr->out, pr->format == SK_LIST_JSON ? "," : ", ");
        add_param(pr, &info->param[i]);
    }
    sk_buf_addz(pr->out, pr->format == SK_LIST_TEXT   ? ")\n"
                         : pr->format == SK_LIST_JSON ? "]}"
                                                      : "\n");
    pr->sep = ",";
}

/* Does an earlier row have that name? Variants of a call share theirs. */
static bool seen_before(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(sk_syscalls[i].name, sk_syscalls[row].name) == 0)
            return true;
    return false;
}

static void add_generic(struct printer *pr)
{
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        if (sk_syscalls[i].exit != GENERIC_X || seen_before(i))
            continue;
        add_event(pr, &sk_events[GENERIC_E], sk_syscalls[i].name);
        add_event(pr, &sk_events[GENERIC_X], sk_syscalls[i].name);
    }
}

static void add_section(struct printer *pr, enum section sec)
{
    if (pr->format == SK_LIST_JSON)
        sk_buf_printf(pr->out, "\"%s\":[", sections[sec].name);
    else
        sk_buf_printf(pr->out, "## %s\n\n", sections[sec].name);
    if (pr->format == SK_LIST_MARKDOWN)
        sk_buf_addz(pr->out, "Default | Dir | Name | Params \n:-------|:----|:-----|:-----\n");
    pr->sep = "";
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        if (listed(code, sec))
            add_event(pr, &sk_events[code], sk_events[code].name);
    if (sec == SEC_SYSCALL)
        add_generic(pr);
    sk_buf_addz(pr->out, pr->format == SK_LIST_JSON ? "]," : "\n");
}

/* Members stand in the order of their names. */
static void list_json(struct printer *pr)
{
    static const enum section order[] = {SEC_META, SEC_PLUGIN, SEC_SYSCALL, SEC_TRACEPOINT};

    static_assert(SK_ARRAY_LEN(order) == SEC_N, "every section");
    sk_buf_addc(pr->out, '{');
    for (size_t i = 0; i < SK_ARRAY_LEN(order); i++)
        add_section(pr, order[i]);
    sk_buf_addz(pr->out, "\"schema_version\":\"" SCHEMA_VERSION "\"}");
}

int sk_list_events(enum sk_list_format format, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf compact = SK_BUF(out->max);
    struct printer pr = {.format = format, .sep = "", .out = out};

    if (format == SK_LIST_JSON) {
        pr.out = &compact;
        list_json(&pr);
        sk_json_indent(sk_buf_str(&compact), out);
        sk_buf_addc(out, '\n');
        return out->failed || compact.failed ? -ENOBUFS : 0;
    }
    sk_buf_addz(out, "The events below are valid for Falco *Schema Version*: " SCHEMA_VERSION "\n");
    for (enum section sec = 0; sec < SEC_N; sec++)
        add_section(&pr, sec);
    return out->failed ? -ENOBUFS : 0;
}
