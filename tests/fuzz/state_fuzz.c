/* SPDX-License-Identifier: Apache-2.0 */
/* state_fuzz.c - any sequence of decodable events leaves a sound state: no loop among parents,
 * counts that add up, nothing freed too early (ASan), nothing beyond the caps.
 *
 * Ids are few, so that they collide: reused pids, children of themselves, reapers below the dead.
 */
#include "state/fd.h"

#include <assert.h>

#define IDS      12
#define FDS      24 /* numbers of descriptors */
#define FD_BYTES 16384u

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t take(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static uint32_t take_id(struct input *in)
{
    uint8_t b = take(in);

    return b == 255 ? UINT32_MAX : b % IDS;
}

static const char *const texts[] = {
    "",        "<NA>",
    "/bin/sh", "../x",
    "a",       "/docker/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "cpu=/",   "=/docker/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
};

/* An address, or two: of any family, whole or cut. */
static void put_address(struct sk_event_writer *w, struct input *in)
{
    static const uint8_t family[] = {1, 2, 10, 16};
    uint8_t b[40] = {family[take(in) % 4]}, n = take(in) % sizeof(b);

    for (uint8_t i = 1; i < n; i++)
        b[i] = take(in) % 4;
    sk_event_write_param(w, b, n);
}

static void put_param(struct sk_event_writer *w, struct input *in, const struct sk_param_info *p)
{
    unsigned size = sk_type_size(p->type);
    uint8_t b = take(in);

    if (b >= 250) { /* null, or of a wrong size */
        sk_event_write_int(w, b, b == 250 ? 3 : 0);
        return;
    }
    if (p->type == SK_T_SOCKADDR || p->type == SK_T_SOCKTUPLE)
        put_address(w, in);
    else if (p->type == SK_T_FD)
        sk_event_write_int(w, b >= 230 ? (uint64_t)(int64_t)-100 : b % FDS, size);
    else if (size != 0)
        sk_event_write_int(w, p->type == SK_T_PID ? b % IDS : b >= 240 ? UINT64_MAX : b % 64, size);
    else
        sk_event_write_text(w, sk_str(texts[b % SK_ARRAY_LEN(texts)]));
}

static void put_task(struct sk_event_writer *w, struct input *in)
{
    struct sk_x_task x = {.tag = SK_X_TASK};

    x.pid = take_id(in);
    x.ppid = take_id(in);
    x.vpid = take(in) % 3;
    x.vtid = x.vpid;
    x.start_ns = take(in) % 4;
    x.cgroup_id = take(in) % 4;
    memset(x.comm, take(in), sizeof(x.comm));
    sk_event_write_param(w, &x, sizeof(x));
}

static void check(struct sk_state *st)
{
    struct sk_state_stats stats;
    uint64_t threads = 0;
    const struct sk_fd *fd;

    for (uint32_t id = 0; id < IDS; id++) {
        struct sk_proc *p = sk_state_proc(st, id);
        unsigned depth = 0, n = 0;

        if (!p)
            continue;
        assert(!p->dead && p->nthreads != 0 && p->image);
        for (const struct sk_proc *a = p; a; a = a->parent)
            assert(++depth < 1000);
        for (const struct sk_thread *th = p->threads; th; th = th->next, n++)
            assert(th->proc == p && sk_state_thread(st, th->tid) == th);
        assert(n == p->nthreads);
        assert(!p->leader || p->leader->tid == p->pid);
        threads += n;
        n = 0;
        for (size_t it = 0; (fd = sk_state_fd_next(p->threads, &it)); n++)
            assert(sk_state_fd(p->threads, fd->num) == fd);
        assert(n == sk_state_fd_count(p) && n <= 4096);
    }
    sk_state_get_stats(st, &stats);
    assert(stats.threads >= threads && stats.threads <= 8);
    assert(stats.bytes <= 8 * 1024 + 16384 + FD_BYTES + 65536);
}

static void send(struct sk_state *st, struct input *in, struct sk_buf *rec, uint64_t ts_ns)
{
    static const uint16_t types[] = {
        93,  95,  97,  186, 223, 225, 227, 241, 267, 275, 285, 293, 295, 331, 335, 353, 401,
        199, 145, 1,   3,   186, 223, 293, 2,   5,   7,   9,   19,  21,  22,  23,  29,  31,
        33,  35,  43,  47,  49,  51,  53,  55,  58,  59,  61,  63,  113, 117, 127, 137, 139,
        151, 152, 234, 247, 292, 306, 307, 321, 326, 327, 330, 337, 339, 354, 356, 358, 360,
        363, 365, 367, 369, 375, 377, 389, 393, 395, 397, 399, 405, 407, 409, 451};
    static struct sk_event_writer w;
    uint16_t type = types[take(in) % SK_ARRAY_LEN(types)];
    const struct sk_event_info *info = &sk_events[type];
    uint8_t how = take(in);
    struct sk_thread *th = NULL;
    struct sk_event ev;

    sk_buf_reset(rec);
    sk_event_write_begin(&w, rec);
    for (unsigned i = 0; i < info->nparams; i++)
        put_param(&w, in, &info->param[i]);
    if (how & 1)
        put_task(&w, in);
    if (sk_event_write_end(&w, type, ts_ns, take_id(in)) || sk_event_decode(rec->p, rec->n, 0, &ev))
        return;
    sk_state_apply(st, &ev, &th);
    if (th)
        assert(sk_state_thread(st, th->tid) == th);
    if (th && sk_state_event_fd(st) && sk_state_event_fd(st)->fd) {
        char text[SK_FD_TEXT_MAX];

        assert(sk_fd_text(sk_state_event_fd(st)->fd, text).p);
    }
}

static void add_fd(struct sk_state *st, struct input *in)
{
    struct sk_fd_info fi = {
        .num = take(in) % FDS, .type = (enum sk_fd_type)(take(in) % 32), .name = SK_STR("/f")};

    fi.l4proto = (enum sk_l4proto)(take(in) % 6);
    fi.sip[10] = fi.sip[11] = fi.dip[10] = fi.dip[11] = take(in);
    fi.sport = take(in) % 4;
    fi.dport = take(in) % 4;
    if (sk_state_add_fd(st, take_id(in), &fi))
        return; /* no such thread, or counted */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct sk_state_limits limits = {.threads = 8, .bytes = 16384, .fd_bytes = FD_BYTES};
    sk_auto(state) struct sk_state *st = NULL;
    sk_auto(buf) struct sk_buf rec = SK_BUF(SK_REC_MAX_BYTES);

    if (sk_state_new(&limits, NULL, &st))
        return 0;
    for (uint64_t ts = 1; in.n != 0; ts += 1000) {
        uint8_t op = take(&in);
        struct sk_task_info ti = {.pid = take_id(&in),
                                  .ppid = op % IDS,
                                  .start_ns = op % 4,
                                  .cwd = SK_STR("/x"),
                                  .exe = SK_STR("y")};

        ti.tid = op & 4 ? ti.pid : take_id(&in);
        if (op > 253)
            sk_state_reset(st);
        else if (op > 250)
            sk_state_mark(st);
        else if (op > 245)
            sk_state_sweep(st);
        else if (op > 235)
            add_fd(st, &in);
        else if (op > 220 && sk_state_add(st, &ti))
            continue;
        else
            send(st, &in, &rec, op > 200 ? UINT64_MAX - ts : ts);
        check(st);
    }
    return 0;
}
