/* SPDX-License-Identifier: Apache-2.0 */
/* library.h - within grpc/: the messages of the gRPC library in the log, as `grpc: ...`. */
#pragma once
#include "grpc/module.h"

/* From now on errors of the library go to the log, at most a few in a minute: strangers can cause
 * them. log: where sk_log() of this shared object goes; NULL: as it is. */
void sk_grpc_library_begin(sk_log_fn *log);
/* The last error of the library since begin(); "" when there was none. Copied to out. */
void sk_grpc_library_error(char *out, size_t n);
