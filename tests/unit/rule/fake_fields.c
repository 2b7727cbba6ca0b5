/* SPDX-License-Identifier: Apache-2.0 */
/* fake_fields.c - see fake_fields.h. */
#include "tests/unit/rule/fake_fields.h"

#include <errno.h>

struct fake_value fake_values[FAKE_N];

static bool extract(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct fake_value *v = &fake_values[ref->field - sk_fields];

    (void)cx;
    v->asked++;
    if (v->present) {
        out->n = v->vals.n;
        memcpy(out->v, v->vals.v, v->vals.n * sizeof(out->v[0]));
    }
    return v->present;
}

const struct sk_field_class sk_field_classes[] = {{.name = "test", .desc = "", .sources = ""}};
const size_t sk_field_classes_n = 1;

#define F(id, nm, ty, fl) \
    [id] = {.name = nm, .type = SK_T_##ty, .fmt = SK_PF_NA, .flags = fl, .extract = extract}
#define ANY SK_FF_ANY | SK_FF_NO_RHS | SK_FF_NO_TRANSFORMER
const struct sk_field sk_fields[FAKE_N] = {
    F(FAKE_EVT_TYPE, "evt.type", CHARBUF, 0),
    F(FAKE_EVT_NUM, "evt.num", UINT64, 0),
    F(FAKE_EVT_RAWRES, "evt.rawres", INT64, 0),
    F(FAKE_EVT_BUFFER, "evt.buffer", BYTEBUF, 0),
    F(FAKE_EVT_CPU, "evt.cpu", INT16, 0),
    F(FAKE_EVT_IS_IO, "evt.is_io", BOOL, 0),
    F(FAKE_EVT_DELTA, "evt.deltatime", RELTIME, SK_FF_STATEFUL),
    F(FAKE_PROC_NAME, "proc.name", CHARBUF, 0),
    F(FAKE_PROC_PNAME, "proc.pname", CHARBUF, 0),
    F(FAKE_PROC_PID, "proc.pid", INT64, 0),
    F(FAKE_PROC_ANAME, "proc.aname", CHARBUF, ANY | SK_FF_ARG_ALLOWED | SK_FF_ARG_INDEX),
    F(FAKE_PROC_ARGS, "proc.args", CHARBUF, SK_FF_LIST),
    F(FAKE_FD_NAME, "fd.name", CHARBUF, 0),
    F(FAKE_FD_IP, "fd.ip", IPADDR, ANY | SK_FF_ANY_NOT),
    F(FAKE_FD_NET, "fd.net", IPNET, ANY | SK_FF_ANY_NOT),
    F(FAKE_FD_SPORT, "fd.sport", PORT, 0),
    F(FAKE_FD_TYPES, "fd.types", CHARBUF, SK_FF_LIST),
    F(FAKE_USER_UID, "user.uid", UINT32, 0),
    F(FAKE_THREAD_CPU, "thread.cpu", DOUBLE, 0),
    F(FAKE_THREAD_UID, "thread.uid", UID, 0),
    F(FAKE_EVT_AROUND, "evt.around", UINT64, SK_FF_ARG_ALLOWED | SK_FF_NO_RHS),
    F(FAKE_SYSCALL_TYPE, "syscall.type", CHARBUF, 0),
};
const size_t sk_fields_n = FAKE_N;

static const struct sk_field *find(struct sk_str name)
{
    for (size_t i = 0; i < FAKE_N; i++)
        if (sk_str_eqz(name, sk_fields[i].name))
            return &sk_fields[i];
    return NULL;
}

int sk_field_parse_in(const struct sk_field_set *set, struct sk_str text, struct sk_arena *mem,
                      struct sk_field_ref *out, struct sk_buf *err)
{
    const char *bracket = text.n ? memchr(text.p, '[', text.n) : NULL;
    size_t n = bracket ? (size_t)(bracket - text.p) : text.n;
    const struct sk_field *f = find((struct sk_str){text.p, n});

    (void)set;
    if (!f || (bracket && !(f->flags & SK_FF_ARG_ALLOWED))) {
        sk_buf_addz(err, "filter_check called with nonexistent field ");
        sk_buf_adds(err, text);
        return -ENOENT;
    }
    *out = (struct sk_field_ref){.field = f,
                                 .type = f->type,
                                 .fmt = f->fmt,
                                 .is_list = f->flags & SK_FF_LIST,
                                 .has_arg = bracket != NULL,
                                 .text = {sk_arena_dup(mem, text), text.n}};
    return out->text.p ? 0 : -ENOMEM;
}

size_t sk_field_prefix_in(const struct sk_field_set *set, struct sk_str text)
{
    size_t best = 0;

    (void)set;
    for (size_t i = 0; i < FAKE_N; i++)
        if (strlen(sk_fields[i].name) > best && sk_str_starts(text, sk_str(sk_fields[i].name)))
            best = strlen(sk_fields[i].name);
    return best;
}

bool sk_overlay_get(const struct sk_overlay *o, const struct sk_field_ref *ref, struct sk_vals *out)
{
    (void)o;
    (void)ref;
    (void)out;
    return false;
}

void fake_clear(void)
{
    memset(fake_values, 0, sizeof(fake_values));
}

static struct sk_val *add(enum fake_field f)
{
    struct fake_value *v = &fake_values[f];
    struct sk_val *val = &v->vals.v[v->vals.n++];

    v->present = true;
    *val = (struct sk_val){.type = sk_fields[f].type};
    return val;
}

void fake_add_bytes(enum fake_field f, const void *p, size_t n)
{
    add(f)->s = (struct sk_str){p, n};
}

void fake_set_bytes(enum fake_field f, const void *p, size_t n)
{
    fake_values[f].vals.n = 0;
    fake_add_bytes(f, p, n);
}

void fake_add_text(enum fake_field f, const char *text)
{
    fake_add_bytes(f, text, strlen(text));
}

void fake_set_text(enum fake_field f, const char *text)
{
    fake_set_bytes(f, text, strlen(text));
}

void fake_set_int(enum fake_field f, uint64_t value)
{
    fake_values[f].vals.n = 0;
    add(f)->u64 = value;
}

void fake_set_double(enum fake_field f, double value)
{
    fake_values[f].vals.n = 0;
    add(f)->dbl = value;
}

/* As in the real catalogue: events without a descriptor have no fd.*. */
bool sk_field_possible(const struct sk_field_ref *ref, unsigned code)
{
    return strncmp(ref->field->name, "fd.", 3) != 0 ||
           (sk_events[code].flags & (SK_EF_CREATES_FD | SK_EF_USES_FD | SK_EF_DESTROYS_FD));
}
