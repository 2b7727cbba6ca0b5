/* SPDX-License-Identifier: Apache-2.0 */
/* sinks.c - every kind of sink, in the order in which an alert reaches them. */
#include "sink/sink.h"

const struct sk_sink_ops *const sk_sinks[] = {
    &sk_sink_file, &sk_sink_stdout, &sk_sink_syslog, &sk_sink_program, &sk_sink_http, &sk_sink_grpc,
    NULL,
};
