/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - two growing texts, one per severity, with a cap so that hostile input cannot fill memory. */
#include "base/diag.h"

#define SK_DIAG_MAX_BYTES (1u << 20)

struct sk_diag {
    struct sk_buf text[2];
    size_t count[2];
};

struct sk_diag *sk_diag_new(void)
{
    struct sk_diag *dg = calloc(1, sizeof(*dg));

    if (dg)
        dg->text[0] = dg->text[1] = SK_BUF(SK_DIAG_MAX_BYTES);
    return dg;
}

void sk_diag_free(struct sk_diag *dg)
{
    if (!dg)
        return;
    sk_buf_done(&dg->text[0]);
    sk_buf_done(&dg->text[1]);
    free(dg);
}

void diag_freep(struct sk_diag **dg)
{
    sk_diag_free(*dg);
    *dg = NULL;
}

static void record(struct sk_diag *dg, enum sk_severity sev, const struct sk_pos *at,
                   const char *fmt, va_list ap)
{
    struct sk_buf *b = &dg->text[sev];

    if (at && at->file && at->line)
        sk_buf_printf(b, "%s:%u:%u: ", at->file, at->line, at->col);
    else if (at && at->file)
        sk_buf_printf(b, "%s: ", at->file);
    sk_buf_vprintf(b, fmt, ap);
    sk_buf_addc(b, '\n');
    dg->count[sev]++;
}

int sk_err(struct sk_diag *dg, int err, const struct sk_pos *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    record(dg, SK_DIAG_ERROR, at, fmt, ap);
    va_end(ap);
    return err;
}

void sk_warn(struct sk_diag *dg, const struct sk_pos *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    record(dg, SK_DIAG_WARNING, at, fmt, ap);
    va_end(ap);
}

size_t sk_diag_count(const struct sk_diag *dg, enum sk_severity severity)
{
    return dg->count[severity];
}

const char *sk_diag_text(struct sk_diag *dg, enum sk_severity severity)
{
    return sk_buf_str(&dg->text[severity]).p;
}
