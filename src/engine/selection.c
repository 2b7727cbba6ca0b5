/* SPDX-License-Identifier: Apache-2.0 */
/* selection.c - base_syscalls: which events are captured beside those of the rules.
 *
 * Without it: those that keep the process table.  custom_set replaces them by its own; `all` adds every
 * call that has an event of its own.  Names with a '!' are taken away from everything, rules included.
 * The end of a process is always wanted. */
#include "engine/generation.h"
#include "engine/recording.h"
#include "event/table.h"

#define NAMES_MAX_BYTES 65536

/* What one name means: the event at the end of the call. false: no such call, or no event of its own. */
static bool find(const char *name, unsigned *out_code)
{
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *s = &sk_syscalls[i];

        if (strcmp(s->name, name) != 0)
            continue;
        *out_code = s->exit;
        return s->exit > 1 && sk_events[s->exit].supported;
    }
    return false;
}

static void names(const struct sk_event_set *set, struct sk_buf *out, unsigned *out_n)
{
    *out_n = 0;
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (sk_event_set_has(set, code) && sk_events[code].supported)
            sk_buf_printf(out, "%s%s", (*out_n)++ ? ", " : "", sk_events[code].name);
    }
}

static void log_set(const char *sign, const struct sk_event_set *set, const char *what)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(NAMES_MAX_BYTES);
    unsigned n;

    names(set, &text, &n);
    if (n)
        sk_log(SK_DEBUG, "%s(%u) syscalls %s: %s", sign, n, what, sk_buf_str(&text).p);
}

struct custom {
    struct sk_event_set with, without;
    size_t nwith;
};

static void read_custom(const struct sk_conf_list *list, struct custom *out)
{
    struct sk_buf bad[2] = {SK_BUF(NAMES_MAX_BYTES), SK_BUF(NAMES_MAX_BYTES)};
    static const char *const kind[] = {"positive", "negative"};

    for (size_t i = 0; i < list->n; i++) {
        const char *name = list->text[i];
        const bool negative = *name == '!';
        unsigned code;

        if (!find(name + negative, &code)) {
            sk_buf_printf(&bad[negative], "%s%s", bad[negative].n ? ", " : "", name + negative);
            continue;
        }
        sk_event_set_add(negative ? &out->without : &out->with, code);
        out->nwith += !negative;
    }
    for (int i = 0; i < 2; i++) {
        if (bad[i].n)
            sk_log(SK_WARNING, "Invalid %s syscall names: warning (base_syscalls override): %s",
                   kind[i], sk_buf_str(&bad[i]).p);
        sk_buf_done(&bad[i]);
    }
}

static void take_away(struct sk_event_set *from, const struct sk_event_set *what)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(from->bit); i++)
        from->bit[i] &= ~what->bit[i];
}

static void warn_missing(const struct sk_event_set *rules, const struct sk_event_set *selected)
{
    struct sk_event_set missing = *rules;
    sk_auto(buf) struct sk_buf text = SK_BUF(NAMES_MAX_BYTES);
    unsigned n;

    take_away(&missing, selected);
    names(&missing, &text, &n);
    if (n)
        sk_log(SK_WARNING,
               "Loaded rules match syscalls that are not activated (e.g. were removed via config "
               "settings such as no -A flag or negative base_syscalls elements) or unsupported "
               "with current configuration: warning (unsupported-evttype): %s",
               sk_buf_str(&text).p);
}

static void add_procexit(struct sk_event_set *set)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (sk_events[code].supported && !strcmp(sk_events[code].name, "procexit"))
            sk_event_set_add(set, code);
    }
}

void sk_whole_events(const struct sk_conf *conf, struct sk_event_set *out)
{
    sk_state_events(out);
    for (size_t i = 0; i < conf->base_custom_set.n; i++) {
        unsigned code;

        if (find(conf->base_custom_set.text[i], &code))
            sk_event_set_add(out, code);
    }
}

void sk_select_events(const struct sk_conf *conf, const struct sk_event_set *rules,
                      struct sk_event_set *out)
{
    struct custom custom = {0};
    struct sk_event_set state, all = {0};

    sk_state_events(&state);
    read_custom(&conf->base_custom_set, &custom);
    *out = *rules;
    log_set("", rules, "in rules");
    if (custom.nwith) {
        log_set("+", &custom.with, "(base_syscalls override)");
        sk_event_set_or(out, &custom.with);
    } else {
        log_set("+", &state, "(Saker's state engine set of syscalls)");
        sk_event_set_or(out, &state);
    }
    if (conf->base_all) {
        sk_record_events(false, &all);
        log_set("+", &all, "(base_syscalls.all)");
        sk_event_set_or(out, &all);
    }
    take_away(out, &custom.without);
    log_set("-", &custom.without, "(base_syscalls override)");
    if (conf->base_repair && conf->base_custom_set.n)
        sk_event_set_or(out, &state);
    add_procexit(out);
    log_set("", out, "selected in total (final set)");
    warn_missing(rules, out);
}
