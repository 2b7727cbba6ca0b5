/* SPDX-License-Identifier: Apache-2.0 */
/* filewatch.h - has one of these files changed, by whatever means?
 *
 * What is watched is a name, not a file: the way to it, through every directory and link, so that a
 * file that is replaced, removed and put back, or reached by a link that is turned to another directory
 * (as Kubernetes does it) is noticed.  One thread. */
#pragma once
#include "base/str.h"

struct sk_filewatch;

SK_MUST int sk_filewatch_new(struct sk_filewatch **out);
void sk_filewatch_free(struct sk_filewatch *w);
void filewatch_freep(struct sk_filewatch **w);

/* Begins a new list; the old one is in force until sk_filewatch_end(). */
SK_MUST int sk_filewatch_begin(struct sk_filewatch *w);
/* A file, be it there or not; or a directory with the files in it that are not hidden (yaml: whose
 * names end in .yaml or .yml).  -errno of the kernel: no more watches are to be had... */
SK_MUST int sk_filewatch_add(struct sk_filewatch *w, const char *path, bool yaml);
/* The new list is in force. */
void sk_filewatch_end(struct sk_filewatch *w);

/* Readable when something may have changed; another one after each sk_filewatch_end(). */
int sk_filewatch_fd(const struct sk_filewatch *w);
/* Reads what happened: true when it concerns the list. */
bool sk_filewatch_read(struct sk_filewatch *w);
