/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - what a program was when it was executed: one block, immutable, counted.
 *
 * An image holds the image of the parent of that moment, so that "started by a shell that was
 * started by a web server" stays true when both are gone.  The chain has a limit: a program that
 * starts its successor and ends, again and again, must not keep all its ancestors. */
#include "state/internal.h"

static char *copy(char *at, struct sk_str *dst, struct sk_str src)
{
    if (src.n != 0)
        memcpy(at, src.p, src.n);
    at[src.n] = '\0';
    *dst = (struct sk_str){at, src.n};
    return at + src.n + 1;
}

static void clip(struct sk_str *s, size_t max)
{
    s->n = s->p ? SK_MIN(s->n, max) : 0;
}

/* Near the cap the long strings go first: paths and names are what rules ask for most. */
static void shrink(struct sk_state *st, struct sk_image *im)
{
    uint64_t used = sk_pool_used(st->text) + im->env.n + im->args.n, max = st->limit.bytes;

    if (used > max / 4 * 3 && im->env.n != 0) {
        im->env.n = 0;
        st->stats.evicted++;
    }
    if (used > max / 8 * 7 && im->args.n != 0) {
        im->args.n = 0;
        st->stats.evicted++;
    }
}

/* Cuts the chain behind the first image, beyond the limit, that only the chain itself holds. */
static void limit_chain(struct sk_state *st, struct sk_image *im)
{
    for (unsigned depth = 0; im && depth < SK_STATE_IMAGE_CHAIN * 4; depth++, im = im->parent) {
        if (depth >= SK_STATE_IMAGE_CHAIN && im->refs == 1) {
            sk_image_put(st, im->parent);
            im->parent = NULL;
            return;
        }
    }
}

struct sk_image *sk_image_new(struct sk_state *st, const struct sk_image *from,
                              struct sk_image *parent)
{
    struct sk_image spec = *from, *im;
    char *at;

    clip(&spec.comm, SK_PATH_MAX);
    clip(&spec.exe, SK_PATH_MAX);
    clip(&spec.exepath, SK_PATH_MAX);
    clip(&spec.filename, SK_PATH_MAX);
    clip(&spec.args, SK_ARGS_MAX);
    clip(&spec.env, SK_ARGS_MAX);
    shrink(st, &spec);
    im = sk_pool_get(st->text, sizeof(*im) + spec.comm.n + spec.exe.n + spec.exepath.n +
                                   spec.filename.n + spec.args.n + spec.env.n + 6);
    if (!im) {
        st->stats.evicted++;
        return sk_image_ref(st->empty);
    }
    *im = spec;
    at = (char *)(im + 1);
    at = copy(at, &im->comm, spec.comm);
    at = copy(at, &im->exe, spec.exe);
    at = copy(at, &im->exepath, spec.exepath);
    at = copy(at, &im->filename, spec.filename);
    at = copy(at, &im->args, spec.args);
    copy(at, &im->env, spec.env);
    im->refs = 1;
    im->parent = parent && parent != st->empty ? sk_image_ref(parent) : NULL;
    limit_chain(st, im);
    st->images_n++;
    return im;
}

struct sk_image *sk_image_ref(struct sk_image *im)
{
    im->refs++;
    return im;
}

void sk_image_put(struct sk_state *st, struct sk_image *im)
{
    while (im && --im->refs == 0) {
        struct sk_image *parent = im->parent;

        sk_pool_put(st->text, im);
        st->images_n--;
        im = parent;
    }
}

void sk_image_set(struct sk_state *st, struct sk_proc *p, struct sk_image *im)
{
    sk_image_put(st, p->image);
    p->image = im;
}
