/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - compiles an output format into pieces (text, expression) and prints them.
 *
 * The longest expression behind '%' is taken, as Falco does: "%proc.namex" is proc.name and an x.
 * There is no way to write a percent sign. */
#include "fmt/format.h"

#include <errno.h>

#include "field/transform.h"

#define FORMAT_BYTES_MAX (16u * 1024 * 1024) /* what one format may need when compiled */
#define WIDTH_MAX        65536u
#define LIST_TEXT_MAX    1023u /* longer lists are cut, as in Falco */
#define NA               "<NA>"

/* Text that stands for itself, or an expression. */
struct piece {
    struct sk_str text;
    const struct sk_expr *expr; /* NULL: text */
    size_t width;               /* 0: as long as it is */
};

struct sk_format {
    struct sk_arena *mem;
    const struct sk_field_set *set;
    struct piece *piece;
    size_t npieces;
    const struct sk_field_ref **field;
    size_t nfields;
};

void sk_format_free(struct sk_format *f)
{
    if (!f)
        return;
    sk_arena_free(f->mem);
    free(f);
}

void format_freep(struct sk_format **f)
{
    sk_format_free(*f);
    *f = NULL;
}

/* Digits behind '%'. */
static int read_width(struct sk_str *rest, size_t *out, struct sk_buf *err)
{
    size_t width = 0;

    while (rest->n != 0 && rest->p[0] >= '0' && rest->p[0] <= '9') {
        width = SK_MIN(width * 10 + (size_t)(rest->p[0] - '0'), (size_t)WIDTH_MAX);
        *rest = (struct sk_str){rest->p + 1, rest->n - 1};
        if (rest->n == 0) {
            sk_buf_addz(err, "invalid formatting syntax: formatting cannot end with a number");
            return -EINVAL;
        }
    }
    *out = width;
    return 0;
}

/* What stands behind '%': moves *rest behind it. */
static int read_token(struct sk_format *f, struct sk_str *rest, struct piece *out,
                      struct sk_buf *err)
{
    struct sk_buf why = SK_BUF(4096);
    size_t used = 0;
    int rc;

    if (rest->n == 0) {
        sk_buf_addz(err, "invalid formatting syntax: formatting cannot end with a %");
        return -EINVAL;
    }
    rc = read_width(rest, &out->width, err);
    if (rc)
        return rc;
    rc = sk_expr_parse_in(f->set, *rest, f->mem, &out->expr, &used, &why);
    sk_buf_done(&why);
    if (rc == -ENOMEM)
        return rc;
    if (rc) { /* the open quote is what users know: Falco's parser gave up on the last character */
        sk_buf_addz(err, "unknown filter: unexpected token after '");
        return -EINVAL;
    }
    *rest = (struct sk_str){rest->p + used, rest->n - used};
    return 0;
}

static int read_pieces(struct sk_format *f, struct sk_str text, struct sk_buf *err)
{
    while (text.n != 0) {
        struct piece *pc = &f->piece[f->npieces++];
        const char *percent = memchr(text.p, '%', text.n);
        size_t n = percent ? (size_t)(percent - text.p) : text.n;
        int rc;

        if (n != 0) {
            pc->text = (struct sk_str){text.p, n};
            text = (struct sk_str){text.p + n, text.n - n};
            continue;
        }
        text = (struct sk_str){text.p + 1, text.n - 1};
        rc = read_token(f, &text, pc, err);
        if (rc)
            return rc;
    }
    return 0;
}

static size_t count_fields(const struct sk_expr *e)
{
    size_t n = e->kind == SK_EXPR_FIELD;

    for (size_t i = 0; i < e->n; i++)
        n += count_fields(e->arg[i]);
    return n;
}

static void collect_fields(struct sk_format *f, const struct sk_expr *e)
{
    if (e->kind == SK_EXPR_FIELD)
        f->field[f->nfields++] = &e->ref;
    for (size_t i = 0; i < e->n; i++)
        collect_fields(f, e->arg[i]);
}

static int compare_text(struct sk_str a, struct sk_str b)
{
    int d = memcmp(a.p, b.p, SK_MIN(a.n, b.n));

    return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int compare_fields(const void *a, const void *b)
{
    const struct sk_field_ref *const *x = a, *const *y = b;

    return compare_text((*x)->text, (*y)->text);
}

/* Every plain field once, in the order of the names. */
static int list_fields(struct sk_format *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->npieces; i++)
        n += f->piece[i].expr ? count_fields(f->piece[i].expr) : 0;
    if (n == 0)
        return 0;
    f->field = sk_arena_alloc(f->mem, n * sizeof(struct sk_field_ref *));
    if (!f->field)
        return -ENOMEM;
    for (size_t i = 0; i < f->npieces; i++)
        if (f->piece[i].expr)
            collect_fields(f, f->piece[i].expr);
    qsort(f->field, f->nfields, sizeof(struct sk_field_ref *), compare_fields);
    n = 0;
    for (size_t i = 0; i < f->nfields; i++)
        if (i == 0 || !sk_str_eq(f->field[n - 1]->text, f->field[i]->text))
            f->field[n++] = f->field[i];
    f->nfields = n;
    return 0;
}

int sk_format_compile_in(const struct sk_field_set *set, struct sk_str text, struct sk_format **out,
                         struct sk_buf *err)
{
    sk_auto(format) struct sk_format *f = NULL;
    size_t pieces = 1;
    char *own;
    int rc;

    if (text.n == 0) {
        sk_buf_addz(err, "empty formatting token");
        return -EINVAL;
    }
    if (text.p[0] == '*') /* "print what is absent too": always so */
        text = (struct sk_str){text.p + 1, text.n - 1};
    f = calloc(1, sizeof(*f));
    if (f)
        f->mem = sk_arena_new(FORMAT_BYTES_MAX);
    if (!f || !f->mem)
        return -ENOMEM;
    f->set = set;
    for (size_t i = 0; i < text.n; i++)
        pieces += text.p[i] == '%' ? 2 : 0;
    own = sk_arena_dup(f->mem, text);
    f->piece = sk_arena_alloc(f->mem, pieces * sizeof(*f->piece));
    if (!own || !f->piece)
        return -ENOMEM;
    rc = read_pieces(f, (struct sk_str){own, text.n}, err);
    if (!rc)
        rc = list_fields(f);
    if (rc)
        return rc;
    *out = SK_TAKE(f);
    return 0;
}

static void add_list(const struct sk_vals *vals, enum sk_print fmt, struct sk_buf *out)
{
    size_t start = out->n;

    sk_buf_addc(out, '(');
    for (size_t i = 0; i < vals->n; i++) {
        if (i != 0)
            sk_buf_addc(out, ',');
        sk_val_text(&vals->v[i], fmt, out);
    }
    sk_buf_addc(out, ')');
    if (!out->failed && out->n - start > LIST_TEXT_MAX)
        out->n = start + LIST_TEXT_MAX;
}

static void add_vals(const struct sk_ctx *cx, const struct sk_vals *vals, bool is_list,
                     enum sk_print fmt, struct sk_buf *out)
{
    if (vals->n == 0 && !is_list)
        sk_buf_addz(out, NA);
    else if (is_list)
        add_list(vals, fmt, out);
    else
        sk_val_text(&vals->v[0], sk_output_fmt(cx, &vals->v[0], fmt), out);
}

static void add_value(const struct piece *pc, const struct sk_ctx *cx, struct sk_buf *out)
{
    size_t start = out->n;
    struct sk_vals vals;

    vals.n = 0;
    if (sk_expr_extract(cx, pc->expr, &vals))
        add_vals(cx, &vals, pc->expr->is_list, pc->expr->fmt, out);
    else
        sk_buf_addz(out, NA);
    if (pc->width == 0 || out->failed)
        return;
    if (out->n - start > pc->width)
        out->n = start + pc->width;
    while (out->n - start < pc->width && !out->failed)
        sk_buf_addc(out, ' ');
}

void sk_format_text(const struct sk_format *f, const struct sk_ctx *cx, struct sk_buf *out)
{
    struct sk_ctx mine = *cx;

    mine.for_output = true;
    for (size_t i = 0; i < f->npieces; i++) {
        if (f->piece[i].expr)
            add_value(&f->piece[i], &mine, out);
        else
            sk_buf_adds(out, f->piece[i].text);
    }
    if (out->p && !out->failed)
        out->p[out->n] = '\0';
}

void sk_format_field(const struct sk_field_ref *ref, const struct sk_ctx *cx, struct sk_buf *out)
{
    struct sk_ctx mine = *cx;
    struct sk_vals vals;

    vals.n = 0;
    mine.for_output = true;
    if (sk_field_extract(&mine, ref, &vals))
        add_vals(&mine, &vals, ref->is_list, ref->fmt, out);
    else
        sk_buf_addz(out, NA);
    if (out->p && !out->failed)
        out->p[out->n] = '\0';
}

size_t sk_format_fields(const struct sk_format *f, const struct sk_field_ref *const **out)
{
    *out = f->field;
    return f->nfields;
}
