/* SPDX-License-Identifier: Apache-2.0 */
/* call.c - the calls of clients, each a small machine that completions drive.
 *
 * An alert belongs to one call from the moment it is sent.  That the library has taken it does not
 * mean that the reader has it: sent alerts stay with the call for a while (server.h), and when it
 * breaks, they wait again, in the order of their ids, for the next reader.  So an alert can arrive
 * twice, and does not get lost with a reader.
 *
 * A `sub` of which one request came stays open for alerts to come, also when its client has closed
 * its half: simple clients send one request and listen.  Falco answers each request with what waits,
 * so clients made for it send them again and again; they need none of them here, and when they close
 * their half, the call ends after what waits, as it does there. */
#include <grpc/byte_buffer_reader.h>

#include "grpc/server.h"

enum method { OTHER, GET, SUB, VERSION };

struct sk_grpc_call {
    TAILQ_ENTRY(sk_grpc_call) link;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    struct sk_grpc_op op[SK_GRPC_FINISH + 1];
    unsigned pending; /* completions to come */
    enum method method;
    int cancelled;
    bool arrived; /* it is in the list of calls */
    bool begun;   /* initial metadata is sent */
    bool asked;   /* a request came: it wants alerts */
    bool ending;  /* ends when nothing waits */
    bool sending, finished, closed;
    unsigned requests; /* 2: two or more */
    uint64_t until_id; /* get: of the last alert that is for it */
    uint64_t send_ns;  /* when the alert under way was sent */
    grpc_byte_buffer *in, *out;
    struct sk_grpc_item *flight;
    struct sk_grpc_list sent;
};

static void destroy(struct sk_grpc *g, struct sk_grpc_call *c)
{
    if (c->arrived) {
        TAILQ_REMOVE(&g->calls, c, link);
        g->ncalls--;
        pthread_cond_broadcast(&g->change);
    }
    (void)sk_grpc_list_clear(&c->sent);
    grpc_call_details_destroy(&c->details);
    grpc_metadata_array_destroy(&c->metadata);
    if (c->call)
        grpc_call_unref(c->call);
    free(c);
}

void sk_grpc_calls_post(struct sk_grpc *g)
{
    while (g->nposted < SK_GRPC_POSTED_CALLS && !g->closing) {
        struct sk_grpc_call *c = calloc(1, sizeof(*c));

        if (!c)
            return; /* the next event tries again; clients wait */
        for (size_t i = 0; i < SK_ARRAY_LEN(c->op); i++)
            c->op[i] = (struct sk_grpc_op){.kind = (enum sk_grpc_op_kind)i, .call = c};
        sk_grpc_list_init(&c->sent);
        grpc_call_details_init(&c->details);
        grpc_metadata_array_init(&c->metadata);
        if (grpc_server_request_call(g->server, &c->call, &c->details, &c->metadata, g->cq, g->cq,
                                     &c->op[SK_GRPC_NEW])) {
            destroy(g, c);
            return;
        }
        g->nposted++;
    }
}

/* false: the library does not take it; no completion will come. */
static bool start(struct sk_grpc_call *c, const grpc_op *op, size_t n, enum sk_grpc_op_kind kind)
{
    if (grpc_call_start_batch(c->call, op, n, &c->op[kind], NULL) != GRPC_CALL_OK) {
        grpc_call_cancel(c->call, NULL);
        return false;
    }
    c->pending++;
    return true;
}

static size_t begin(struct sk_grpc_call *c, grpc_op *op)
{
    if (c->begun)
        return 0;
    op[0] = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    c->begun = true;
    return 1;
}

static void finish(struct sk_grpc_call *c, grpc_status_code code, const char *text)
{
    grpc_slice why = grpc_slice_from_static_string(text);
    grpc_op op[2];
    size_t n = begin(c, op);

    op[n] = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    op[n].data.send_status_from_server.status = code;
    op[n].data.send_status_from_server.status_details = &why;
    c->finished = true;
    (void)start(c, op, n + 1, SK_GRPC_FINISH);
}

static bool send_bytes(struct sk_grpc_call *c, const struct sk_grpc_item *it)
{
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)it->data, it->n);
    grpc_op op[2];
    size_t n = begin(c, op);

    c->out = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    op[n] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE};
    op[n].data.send_message.send_message = c->out;
    c->sending = start(c, op, n + 1, SK_GRPC_SEND);
    c->send_ns = sk_boottime_ns();
    if (c->sending)
        return true;
    grpc_byte_buffer_destroy(SK_TAKE(c->out));
    return false;
}

static void read_request(struct sk_grpc_call *c)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};

    op.data.recv_message.recv_message = &c->in;
    (void)start(c, &op, 1, SK_GRPC_READ);
}

/* What a broken call was sent waits again; what a whole one was sent is received. */
static void settle(struct sk_grpc *g, struct sk_grpc_call *c)
{
    g->held_bytes -= c->sent.bytes;
    if (!c->cancelled && c->finished) {
        (void)sk_grpc_list_clear(&c->sent);
        return;
    }
    sk_grpc_list_merge(&g->queue, &c->sent);
}

static enum method method_of(const struct sk_grpc_call *c)
{
    static const struct {
        const char *path;
        enum method method;
    } paths[] = {
        {"/falco.outputs.service/get", GET},
        {"/falco.outputs.service/sub", SUB},
        {"/falco.version.service/version", VERSION},
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(paths); i++) {
        if (!grpc_slice_str_cmp(c->details.method, paths[i].path))
            return paths[i].method;
    }
    return OTHER;
}

static void arrive(struct sk_grpc *g, struct sk_grpc_call *c)
{
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};

    TAILQ_INSERT_TAIL(&g->calls, c, link);
    g->ncalls++;
    c->arrived = true;
    c->method = method_of(c);
    op.data.recv_close_on_server.cancelled = &c->cancelled;
    if (!start(c, &op, 1, SK_GRPC_CLOSE))
        c->closed = true;
    else if (g->ncalls > SK_GRPC_MAX_CALLS)
        finish(c, GRPC_STATUS_RESOURCE_EXHAUSTED, "too many calls at once");
    else if (c->method == OTHER)
        finish(c, GRPC_STATUS_UNIMPLEMENTED, "no such method");
    else
        read_request(c);
}

/* true: the bytes are a request. */
static bool take_request(struct sk_grpc_call *c)
{
    grpc_byte_buffer_reader reader;
    grpc_slice all;
    bool good;

    if (!grpc_byte_buffer_reader_init(&reader, c->in)) /* compressed, and not what it says */
        return false;
    all = grpc_byte_buffer_reader_readall(&reader);
    good = sk_grpc_is_request(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all));
    grpc_slice_unref(all);
    grpc_byte_buffer_reader_destroy(&reader);
    return good;
}

static void requested(struct sk_grpc *g, struct sk_grpc_call *c)
{
    c->requests = SK_MIN(c->requests + 1, 2u);
    c->asked = true;
    if (c->method == VERSION) {
        c->ending = true;
        (void)send_bytes(c, g->version);
    } else if (c->method == GET) {
        c->until_id = g->last_id;
        c->ending = true;
    } else {
        read_request(c);
    }
}

static void read_done(struct sk_grpc *g, struct sk_grpc_call *c, bool ok)
{
    const bool got = ok && c->in, good = got && take_request(c);

    if (c->in)
        grpc_byte_buffer_destroy(SK_TAKE(c->in));
    if (c->closed || c->finished)
        return;
    if (good)
        requested(g, c);
    else if (got)
        finish(c, GRPC_STATUS_INTERNAL, "the message is no request");
    else if (c->method != SUB)
        finish(c, GRPC_STATUS_INTERNAL, "no request came");
    else if (!c->requests)
        finish(c, GRPC_STATUS_OK, "");
    else if (c->requests > 1)
        c->ending = true;
}

/* Too much to keep until it is old: the oldest of it is taken as received. */
static void limit_sent(struct sk_grpc *g, struct sk_grpc_call *c)
{
    const size_t before = c->sent.bytes;
    const size_t over = g->held_bytes - SK_MIN(g->held_bytes, g->max_held);
    size_t keep = before - SK_MIN(before, over);

    if (before > SK_GRPC_HELD_BYTES)
        keep = SK_MIN(keep, (size_t)SK_GRPC_HELD_BYTES / 2);
    sk_grpc_list_forget(&c->sent, 0, keep);
    g->held_bytes -= before - c->sent.bytes;
}

static void send_done(struct sk_grpc *g, struct sk_grpc_call *c, bool ok)
{
    c->sending = false;
    grpc_byte_buffer_destroy(SK_TAKE(c->out));
    if (!c->flight)
        return;
    c->flight->sent_ns = sk_boottime_ns();
    g->held_bytes += c->flight->n;
    sk_grpc_list_insert(&c->sent, SK_TAKE(c->flight));
    if (c->closed || !ok) {
        c->cancelled = true;
        settle(g, c);
    } else {
        limit_sent(g, c);
    }
}

void sk_grpc_calls_event(struct sk_grpc *g, struct sk_grpc_op *op, bool ok)
{
    struct sk_grpc_call *c = op->call;

    if (op->kind == SK_GRPC_DOWN) {
        g->down = true;
        pthread_cond_broadcast(&g->change);
        return;
    }
    if (op->kind == SK_GRPC_NEW)
        g->nposted--;
    else
        c->pending--;
    if (op->kind == SK_GRPC_NEW && ok) {
        arrive(g, c);
    } else if (op->kind == SK_GRPC_READ) {
        read_done(g, c, ok);
    } else if (op->kind == SK_GRPC_SEND) {
        send_done(g, c, ok);
    } else if (op->kind == SK_GRPC_CLOSE) {
        c->closed = true;
        settle(g, c);
    }
    if (!c->pending && (c->closed || !c->arrived))
        destroy(g, c);
    sk_grpc_calls_post(g);
    sk_grpc_calls_pump(g);
}

static bool wants(const struct sk_grpc_call *c)
{
    return c->asked && !c->sending && !c->finished && !c->closed;
}

static bool has_more(const struct sk_grpc *g, const struct sk_grpc_call *c)
{
    const struct sk_grpc_item *it = g->queue.first;

    return it && c->method != VERSION && !(c->method == GET && it->id > c->until_id);
}

/* It goes behind the others, so that they take turns. */
static void give(struct sk_grpc *g, struct sk_grpc_call *c)
{
    TAILQ_REMOVE(&g->calls, c, link);
    TAILQ_INSERT_TAIL(&g->calls, c, link);
    c->flight = sk_grpc_list_take(&g->queue);
    if (!send_bytes(c, c->flight)) {
        sk_grpc_list_insert(&g->queue, SK_TAKE(c->flight));
        c->finished = true;
        c->cancelled = true;
    }
    pthread_cond_broadcast(&g->change);
}

void sk_grpc_calls_pump(struct sk_grpc *g)
{
    struct sk_grpc_call *next;

    for (struct sk_grpc_call *c = TAILQ_FIRST(&g->calls); c; c = next) {
        next = TAILQ_NEXT(c, link);
        if (g->closing && !c->sending && !c->finished && !c->closed)
            finish(c, GRPC_STATUS_OK, "");
        else if (wants(c) && has_more(g, c))
            give(g, c);
        else if (wants(c) && c->ending)
            finish(c, GRPC_STATUS_OK, "");
    }
}

void sk_grpc_calls_tick(struct sk_grpc *g, uint64_t now_ns)
{
    struct sk_grpc_call *c;

    TAILQ_FOREACH(c, &g->calls, link)
    {
        const size_t before = c->sent.bytes;
        const bool slow = c->sending && c->send_ns + SK_GRPC_TICK_NS < now_ns;

        if (!slow && now_ns > g->hold_ns)
            sk_grpc_list_forget(&c->sent, now_ns - g->hold_ns, SIZE_MAX);
        g->held_bytes -= before - c->sent.bytes;
        if (c->sending && !c->closed && c->send_ns + SK_GRPC_STALL_NS < now_ns)
            grpc_call_cancel_with_status(c->call, GRPC_STATUS_RESOURCE_EXHAUSTED,
                                         "the reader takes no alerts", NULL);
    }
}

bool sk_grpc_calls_have_reader(const struct sk_grpc *g)
{
    const struct sk_grpc_call *c;

    TAILQ_FOREACH(c, &g->calls, link)
    {
        if (c->asked && !c->finished && !c->closed && c->method != VERSION)
            return true;
    }
    return false;
}

static void hold(struct sk_grpc_held *held, const struct sk_grpc_item *oldest, size_t n)
{
    if (!oldest)
        return;
    held->n += n;
    if (!held->oldest || oldest->id < held->oldest)
        held->oldest = oldest->id;
}

void sk_grpc_calls_held(const struct sk_grpc *g, struct sk_grpc_held *held)
{
    const struct sk_grpc_call *c;

    TAILQ_FOREACH(c, &g->calls, link)
    {
        hold(held, c->flight, 1);
        hold(held, c->sent.first, c->sent.n);
    }
}

bool sk_grpc_calls_busy(const struct sk_grpc *g)
{
    const struct sk_grpc_call *c;

    TAILQ_FOREACH(c, &g->calls, link)
    {
        if (c->sending && !c->closed)
            return true;
    }
    return false;
}
