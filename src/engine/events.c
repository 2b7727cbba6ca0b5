/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - events that keep the process table right, whatever the rules want.
 *
 * Descriptors are resolved by the driver when the event happens, so opens and closes are not among
 * them: this is what keeps an idle Saker idle. */
#include "engine/generation.h"

static bool by_class(uint8_t klass)
{
    return klass == SK_CLASS_FORK || klass == SK_CLASS_EXEC || klass == SK_CLASS_EXIT ||
           klass == SK_CLASS_CREDS;
}

static bool by_name(const char *name)
{
    static const char *const names[] = {"chdir",   "fchdir", "chroot", "setsid",  "setpgid",
                                        "unshare", "setns",  "prctl",  "prlimit", "setrlimit"};

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        if (!strcmp(name, names[i]))
            return true;
    }
    return false;
}

void sk_state_events(struct sk_event_set *out)
{
    *out = (struct sk_event_set){0};
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        const struct sk_event_info *info = &sk_events[code];

        if (!(info->flags & (SK_EF_OLD_VERSION | SK_EF_UNUSED)) && info->name &&
            (by_class(info->klass) || by_name(info->name)))
            sk_event_set_add(out, code);
    }
}
