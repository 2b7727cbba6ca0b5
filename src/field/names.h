/* SPDX-License-Identifier: Apache-2.0 */
/* names.h - names of error numbers and signals. */
#pragma once

/* "ENOENT" for 2; NULL: no such error.  Knows those that the kernel keeps to itself (ERESTARTSYS).
 */
const char *sk_errno_name(int err);
/* "SIGKILL" for 9; NULL: none, or a real-time signal. */
const char *sk_signal_name(unsigned sig);
