/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - a client that takes each step when the test says so. */
#include "tests/unit/grpc/client.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>

#define PROTOBUF_C__NO_DEPRECATED
#include "outputs.pb-c.h"

struct rpc {
    grpc_channel *channel;
    grpc_completion_queue *cq;
    grpc_call *call;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice why;
};

/* The tag of an operation is its kind. */
static void *tag_of(grpc_op_type type)
{
    return (void *)(uintptr_t)(type + 1);
}

static void batch(struct rpc *r, grpc_op op)
{
    assert_int_equal(grpc_call_start_batch(r->call, &op, 1, tag_of(op.op), NULL), GRPC_CALL_OK);
}

/* 1: done; 0: done without success; -1: not within that time. */
static int waited(struct rpc *r, grpc_op_type type, int ms)
{
    gpr_timespec end =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
    grpc_event ev = grpc_completion_queue_pluck(r->cq, tag_of(type), end, NULL);

    return ev.type == GRPC_QUEUE_TIMEOUT ? -1 : ev.success;
}

struct rpc *begun(const char *method)
{
    struct rpc *r = calloc(1, sizeof(*r));
    grpc_channel_credentials *creds = grpc_insecure_credentials_create();
    grpc_arg arg = {.type = GRPC_ARG_INTEGER,
                    .key = (char *)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
                    .value.integer = 1};
    const grpc_channel_args args = {1, &arg};
    grpc_slice path = grpc_slice_from_copied_string(method);
    grpc_op op = {.op = GRPC_OP_SEND_INITIAL_METADATA};

    grpc_init();
    r->channel = grpc_channel_create(place(), creds, &args);
    grpc_channel_credentials_release(creds);
    r->cq = grpc_completion_queue_create_for_pluck(NULL);
    r->call = grpc_channel_create_call(r->channel, NULL, GRPC_PROPAGATE_DEFAULTS, r->cq, path, NULL,
                                       gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
    grpc_slice_unref(path);
    grpc_metadata_array_init(&r->initial);
    grpc_metadata_array_init(&r->trailing);
    r->why = grpc_empty_slice();
    batch(r, op);
    op = (grpc_op){.op = GRPC_OP_RECV_INITIAL_METADATA};
    op.data.recv_initial_metadata.recv_initial_metadata = &r->initial;
    batch(r, op);
    op = (grpc_op){.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    op.data.recv_status_on_client.trailing_metadata = &r->trailing;
    op.data.recv_status_on_client.status = &r->status;
    op.data.recv_status_on_client.status_details = &r->why;
    batch(r, op);
    assert_int_equal(waited(r, GRPC_OP_SEND_INITIAL_METADATA, 10000), 1);
    return r;
}

void sends(struct rpc *r, const void *data, size_t n)
{
    grpc_slice slice = grpc_slice_from_copied_buffer(data, n);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};

    op.data.send_message.send_message = buffer;
    batch(r, op);
    assert_int_equal(waited(r, GRPC_OP_SEND_MESSAGE, 10000), 1);
    grpc_byte_buffer_destroy(buffer);
    grpc_slice_unref(slice);
}

void half_closes(struct rpc *r)
{
    batch(r, (grpc_op){.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT});
    assert_int_equal(waited(r, GRPC_OP_SEND_CLOSE_FROM_CLIENT, 10000), 1);
}

bool receives(struct rpc *r, grpc_slice *out)
{
    grpc_byte_buffer *buffer = NULL;
    grpc_byte_buffer_reader reader;
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};

    op.data.recv_message.recv_message = &buffer;
    batch(r, op);
    assert_true(waited(r, GRPC_OP_RECV_MESSAGE, 10000) >= 0);
    if (!buffer)
        return false;
    assert_true(grpc_byte_buffer_reader_init(&reader, buffer));
    *out = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(buffer);
    return true;
}

void reads_all(struct rpc *r)
{
    grpc_slice slice;

    while (receives(r, &slice))
        grpc_slice_unref(slice);
}

void reads(struct rpc *r, uint64_t id)
{
    char want[32];
    grpc_slice slice;
    Falco__Outputs__Response *m;

    assert_int_equal(receives(r, &slice), id != 0);
    if (!id)
        return;
    m = falco__outputs__response__unpack(NULL, GRPC_SLICE_LENGTH(slice),
                                         GRPC_SLICE_START_PTR(slice));
    assert_non_null(m);
    snprintf(want, sizeof(want), "alert %llu", (unsigned long long)id);
    assert_string_equal(m->output, want);
    falco__outputs__response__free_unpacked(m, NULL);
    grpc_slice_unref(slice);
}

grpc_status_code ended(struct rpc *r)
{
    grpc_status_code status;

    assert_true(waited(r, GRPC_OP_RECV_INITIAL_METADATA, 10000) >= 0);
    assert_true(waited(r, GRPC_OP_RECV_STATUS_ON_CLIENT, 10000) >= 0);
    status = r->status;
    grpc_metadata_array_destroy(&r->initial);
    grpc_metadata_array_destroy(&r->trailing);
    grpc_slice_unref(r->why);
    grpc_call_unref(r->call);
    grpc_channel_destroy(r->channel);
    grpc_completion_queue_shutdown(r->cq);
    grpc_completion_queue_destroy(r->cq);
    grpc_shutdown_blocking(); /* what its threads still hold would count as leaked */
    free(r);
    return status;
}

void broken(struct rpc *r)
{
    grpc_call_cancel(r->call, NULL);
    assert_int_equal(ended(r), GRPC_STATUS_CANCELLED);
}

struct rpc *get(void)
{
    struct rpc *r = begun("/falco.outputs.service/get");

    sends(r, "", 0);
    half_closes(r);
    return r;
}

struct rpc *sub(void)
{
    struct rpc *r = begun("/falco.outputs.service/sub");

    sends(r, "", 0);
    return r;
}
