/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - within sink/: the file of the spool: alerts by id, a cursor for each output, and what
 * was shed.  One thread at a time.
 *
 * All functions that can fail: -ENOSPC (the disk), -EIO and others of the system, -EBADMSG (the file
 * is damaged: sk_store_repair()), -ENOMEM. */
#pragma once
#include "sink/record.h"

#define SK_STORE_FILE "alerts.db"

struct sk_store;
/* Creates the directory (0700) and the file (0600).  A file that is not one of ours is moved aside
 * with a warning in the log, one that is damaged is repaired.  A disk that is full is no error here:
 * writing will say so.  -EBUSY: another process has it. */
SK_MUST int sk_store_open(const struct sk_spool_options *opt, struct sk_store **out,
                          struct sk_diag *dg);
void sk_store_free(struct sk_store *s);
void store_freep(struct sk_store **s);
/* Moves the file aside and keeps what can still be read of it. */
SK_MUST int sk_store_repair(struct sk_store *s);

/* Changes are made between begin and commit; an error of any of them, commit too, undoes all. */
SK_MUST int sk_store_begin(struct sk_store *s);
SK_MUST int sk_store_commit(struct sk_store *s);
void sk_store_rollback(struct sk_store *s);
SK_MUST int sk_store_put(struct sk_store *s, const struct sk_item *it);
SK_MUST int sk_store_set_cursor(struct sk_store *s, const char *name, uint64_t id);
SK_MUST int sk_store_add_shed(struct sk_store *s, const char *name, enum sk_level priority,
                              uint64_t n);
/* Removes all alerts up to this id; one alert. */
SK_MUST int sk_store_forget(struct sk_store *s, uint64_t upto);
SK_MUST int sk_store_delete(struct sk_store *s, uint64_t id);
/* Removes the cursors of outputs that are none of these. */
SK_MUST int sk_store_keep_cursors(struct sk_store *s, const char *const *name, size_t n);

/* Bytes above max_bytes; what has to be shed. */
uint64_t sk_store_excess(const struct sk_store *s);
uint64_t sk_store_bytes(const struct sk_store *s);
/* The oldest alert of a priority behind an id. -ENOENT: none. */
SK_MUST int sk_store_oldest(struct sk_store *s, enum sk_level priority, uint64_t after,
                            uint64_t *out_id);

/* The next alert behind `after` that is at least as important. *out NULL: none.  *out_id: where it
 * was, also when it is damaged (-EILSEQ) and has to be passed over. */
SK_MUST int sk_store_next(struct sk_store *s, uint64_t after, enum sk_level min_priority,
                          unsigned forms, size_t links, struct sk_item **out, uint64_t *out_id);
SK_MUST int sk_store_count(struct sk_store *s, uint64_t after, enum sk_level min_priority,
                           uint64_t *out);
/* -ENOENT: never seen. */
SK_MUST int sk_store_cursor(struct sk_store *s, const char *name, uint64_t *out);
/* Whether there is any cursor at all. */
bool sk_store_has_cursors(struct sk_store *s);
SK_MUST int sk_store_shed(struct sk_store *s, const char *name, enum sk_level priority,
                          uint64_t *out);
/* The largest id that was ever there. */
uint64_t sk_store_last_id(const struct sk_store *s);
