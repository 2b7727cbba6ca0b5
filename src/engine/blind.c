/* SPDX-License-Identifier: Apache-2.0 */
/* blind.c - lost events by cgroup; see blind.h.
 *
 * Totals and cgroups are read one after the other while events are lost: in one second the cgroups may add up
 * to more than the total, in the next to less.  The balance goes on, so in the end the two agree. */
#include "engine/blind.h"

#include <errno.h>

#include "fmt/alert.h"

int sk_blind_init(struct sk_blind *b)
{
    *b = (struct sk_blind){
        .of = calloc(SK_BLIND_MAX, sizeof(*b->of)),
        .got = calloc(SK_BLIND_MAX, sizeof(*b->got)),
    };
    return b->of && b->got ? 0 : -ENOMEM;
}

void sk_blind_done(struct sk_blind *b)
{
    free(b->of);
    free(b->got);
    *b = (struct sk_blind){0};
}

static uint64_t sum(const struct sk_cgroup_drops *d)
{
    uint64_t n = 0;

    for (int c = 0; c < SK_CLASS_MAX; c++)
        for (int why = 0; why < SK_DROP_N; why++)
            n += d->drops[c][why];
    return n;
}

static void merge(struct sk_cgroup_drops *to, const struct sk_cgroup_drops *from)
{
    to->first_ns = SK_MIN(to->first_ns, from->first_ns);
    to->last_ns = SK_MAX(to->last_ns, from->last_ns);
    for (int c = 0; c < SK_CLASS_MAX; c++)
        for (int why = 0; why < SK_DROP_N; why++)
            to->drops[c][why] += from->drops[c][why];
}

void sk_blind_add(struct sk_blind *b, const struct sk_cgroup_drops *got, size_t n, uint64_t lost)
{
    b->others += (int64_t)lost;
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;

        while (at < b->n && b->of[at].id != got[i].id)
            at++;
        if (at == SK_BLIND_MAX)
            continue; /* one of the others */
        if (at == b->n)
            b->of[b->n++] = got[i];
        else
            merge(&b->of[at], &got[i]);
        b->others -= (int64_t)sum(&got[i]);
    }
}

static int worst_first(const void *a, const void *b)
{
    const struct sk_cgroup_drops *x = a, *y = b;
    uint64_t m = sum(x), n = sum(y);

    return m != n ? (m > n ? -1 : 1) : (x->id > y->id) - (x->id < y->id);
}

static void add_count(const char *name, uint64_t n, const char **comma, struct sk_buf *out)
{
    if (!n)
        return;
    sk_buf_printf(out, "%s%s %llu", *comma, name, (unsigned long long)n);
    *comma = ", ";
}

static void add_one(const struct sk_cgroup_drops *d, const struct sk_state *st, struct sk_buf *out)
{
    struct sk_str path = sk_state_cgroup_path(st, d->id);
    const char *comma = "";

    if (path.n)
        sk_buf_adds(out, path);
    else
        sk_buf_printf(out, "cgroup %llu", (unsigned long long)d->id);
    sk_buf_printf(out, " %llu (", (unsigned long long)sum(d));
    for (int c = 0; c < SK_CLASS_N; c++) {
        uint64_t n = 0;

        for (int why = 0; why < SK_DROP_N; why++)
            n += d->drops[c][why];
        add_count(sk_classes[c].name, n, &comma, out);
    }
    comma = "; ";
    for (int why = 0; why < SK_DROP_N; why++) {
        uint64_t n = 0;

        for (int c = 0; c < SK_CLASS_N; c++)
            n += d->drops[c][why];
        add_count(sk_drop_names[why], n, &comma, out);
    }
    sk_buf_addz(out, "; from ");
    sk_time_iso(d->first_ns, "Z", out);
    sk_buf_addz(out, " to ");
    sk_time_iso(d->last_ns, "Z)", out);
}

void sk_blind_text(struct sk_blind *b, const struct sk_state *st, struct sk_buf *out)
{
    uint64_t rest = b->others > 0 ? (uint64_t)b->others : 0;

    qsort(b->of, b->n, sizeof(*b->of), worst_first);
    for (size_t i = 0; i < b->n; i++) {
        if (i >= SK_BLIND_TOLD) {
            rest += sum(&b->of[i]);
            continue;
        }
        if (i)
            sk_buf_addz(out, ", ");
        add_one(&b->of[i], st, out);
    }
    if (rest)
        sk_buf_printf(out, "%sother cgroups %llu", b->n ? ", " : "", (unsigned long long)rest);
}

void sk_blind_told(struct sk_blind *b)
{
    b->n = 0;
    b->others = SK_MIN(b->others, (int64_t)0);
}
