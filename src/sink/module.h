/* SPDX-License-Identifier: Apache-2.0 */
/* module.h - within sink/: a part of Saker in a shared object, for what needs libraries that only
 * few want to pay for. */
#pragma once
#include "base/diag.h"

/* The symbol of the object `file`, which lies beside the program (a build folder) or in Saker's
 * folder of libraries: nowhere else, since its code runs with all rights.  It stays loaded.
 * -ENOENT: it is not there; -ELIBACC: it cannot be loaded. */
SK_MUST int sk_module_open(const char *file, const char *symbol, const void **out,
                           struct sk_diag *dg);
