/* SPDX-License-Identifier: Apache-2.0 */
/* renew.h - what a reload means for this program: configuration, rules and outputs made anew beside
 * those that run, and taken over between two events. */
#pragma once
#include "cli/app.h"
#include "cli/notify.h"
#include "cli/privileges.h"
#include "cli/reload.h"
#include "server/service.h"

struct sk_renew {
    struct sk_app *app;
    struct sk_gen **gen; /* that runs */
    const char *hostname;
    struct sk_engine *engine; /* set before it runs */
    struct sk_outputs *outputs;
    struct sk_privileges *privileges;
    const struct sk_notify *notify;
    struct sk_service *service; /* is told what became of each reload; may be NULL */
    struct sk_reload *reload;   /* for sk_reload_wait(), by whoever answers requests */
    struct sk_stage *stage;     /* of *gen; NULL: still the engine's own */
    struct sk_conf
        *failed;    /* of the last attempt, when it was the rules that failed; its thread's */
    uint64_t turns; /* reloads that are in use */
};

/* Begins to watch the files, when the configuration wants it; the other members are set. */
SK_MUST int sk_renew_start(struct sk_renew *r, struct sk_diag *dg);
/* Event thread, between two polls: takes over what is ready, or tells why it is not. */
void sk_renew_take(struct sk_renew *r);
/* After the last event, before the engine is freed. */
void sk_renew_stop(struct sk_renew *r);
/* After that: frees what the engine ran. */
void sk_renew_done(struct sk_renew *r);
