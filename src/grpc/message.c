/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - protobuf messages out of the line that the program hands over.
 *
 * The line is SK_FORM_PARTS: what the other outputs get, a newline, and the parts of the alert as a
 * JSON object.  Values that are no strings become their JSON text. */
#include "grpc/message.h"

#include <errno.h>
#include <jansson.h>

/* Filling in a deprecated field is no mistake for a server. */
#define PROTOBUF_C__NO_DEPRECATED
#include "base/arena.h"
#include "outputs.pb-c.h"
#include "version.pb-c.h"

#define TEMPORARY_MAX (32u << 20) /* for the strings of one message */

typedef Falco__Outputs__Response response_t;
typedef Falco__Outputs__Response__OutputFieldsEntry entry_t;

struct strings {
    struct sk_arena *mem;
    bool failed;
};

/* As a C string: what is behind a NUL would be lost, so U+FFFD stands for it. */
static char *copy(struct strings *s, const char *p, size_t n)
{
    size_t zeros = 0, at = 0;
    char *text;

    for (size_t i = 0; i < n; i++)
        zeros += p[i] == '\0';
    text = sk_arena_alloc(s->mem, n + 2 * zeros + 1);
    if (!text) {
        s->failed = true;
        return (char *)protobuf_c_empty_string;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i]) {
            text[at++] = p[i];
            continue;
        }
        memcpy(text + at, "\xef\xbf\xbd", 3);
        at += 3;
    }
    text[at] = '\0';
    return text;
}

static char *copy_json(struct strings *s, const json_t *value)
{
    sk_auto(mem) char *dumped = NULL;

    if (json_is_null(value)) /* as a format prints it */
        return copy(s, "<NA>", 4);
    if (json_is_string(value))
        return copy(s, json_string_value(value), json_string_length(value));
    dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    s->failed |= !dumped;
    return copy(s, dumped ? dumped : "", dumped ? strlen(dumped) : 0);
}

static char *copy_member(struct strings *s, const json_t *parts, const char *key)
{
    const json_t *value = json_object_get(parts, key);

    return value ? copy_json(s, value) : (char *)protobuf_c_empty_string;
}

static void add_fields(struct strings *s, json_t *fields, response_t *r)
{
    const size_t n = json_object_size(fields);
    entry_t *entry = n ? sk_arena_alloc(s->mem, n * sizeof(*entry)) : NULL;
    entry_t **list = n ? sk_arena_alloc(s->mem, n * sizeof(*list)) : NULL;
    const char *key;
    json_t *value;

    s->failed |= n && !(entry && list);
    if (!entry || !list)
        return;
    json_object_foreach(fields, key, value)
    {
        entry_t *e = &entry[r->n_output_fields];

        *e = (entry_t)FALCO__OUTPUTS__RESPONSE__OUTPUT_FIELDS_ENTRY__INIT;
        e->key = copy(s, key, strlen(key));
        e->value = copy_json(s, value);
        list[r->n_output_fields++] = e;
    }
    r->output_fields = list;
}

static void add_tags(struct strings *s, const json_t *tags, response_t *r)
{
    const size_t n = json_array_size(tags);
    char **list = n ? sk_arena_alloc(s->mem, n * sizeof(*list)) : NULL;

    s->failed |= n && !list;
    for (size_t i = 0; list && i < n; i++)
        list[i] = copy_json(s, json_array_get(tags, i));
    r->n_tags = list ? n : 0;
    r->tags = list;
}

/* The old enum: what it does not know came from a plugin. */
static Falco__Schema__Source source_number(const char *name)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value_by_name(&falco__schema__source__descriptor, name);

    return v ? (Falco__Schema__Source)v->value : FALCO__SCHEMA__SOURCE__PLUGIN;
}

static void add_parts(struct strings *s, json_t *parts, response_t *r)
{
    add_fields(s, json_object_get(parts, "output_fields"), r);
    add_tags(s, json_object_get(parts, "tags"), r);
    r->hostname = copy_member(s, parts, "hostname");
    r->source = copy_member(s, parts, "source");
    r->source_deprecated = source_number(r->source);
}

static int pack(struct strings *s, uint64_t id, const response_t *r, struct sk_grpc_item **out)
{
    size_t n = falco__outputs__response__get_packed_size(r);
    struct sk_grpc_item *it;

    if (s->failed)
        return -ENOMEM;
    if (n > SK_GRPC_MESSAGE_MAX)
        return -EMSGSIZE;
    it = sk_grpc_item_new(id, n);
    if (!it)
        return -ENOMEM;
    falco__outputs__response__pack(r, it->data);
    *out = it;
    return 0;
}

static int build(struct strings *s, const struct sk_grpc_alert *a, json_t *parts, size_t line_n,
                 struct sk_grpc_item **out)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    response_t r = FALCO__OUTPUTS__RESPONSE__INIT;

    time.seconds = (int64_t)(a->ts_ns / 1000000000);
    time.nanos = (int32_t)(a->ts_ns % 1000000000);
    r.time = &time;
    r.priority = (Falco__Schema__Priority)a->priority; /* the same numbers */
    r.rule = copy(s, a->rule.p, a->rule.n);
    r.output = copy(s, a->line.p, line_n);
    r.source_deprecated = FALCO__SCHEMA__SOURCE__PLUGIN;
    if (parts)
        add_parts(s, parts, &r);
    return pack(s, a->id, &r, out);
}

int sk_grpc_pack_alert(const struct sk_grpc_alert *a, struct sk_grpc_item **out)
{
    const char *newline = a->line.n ? memrchr(a->line.p, '\n', a->line.n) : NULL;
    const size_t line_n = newline ? (size_t)(newline - a->line.p) : a->line.n;
    struct strings s = {.mem = sk_arena_new(TEMPORARY_MAX)};
    json_t *parts = NULL;
    int err = s.mem ? 0 : -ENOMEM;

    if (!err && newline) {
        parts = json_loadb(newline + 1, a->line.n - line_n - 1, JSON_ALLOW_NUL, NULL);
        err = json_is_object(parts) ? 0 : -EBADMSG;
    }
    if (!err)
        err = build(&s, a, parts, line_n, out);
    json_decref(parts);
    sk_arena_free(s.mem);
    return err;
}

/* "1.2.3"; what a "-" or a "+" begins behind it is left out. */
static int split_version(const char *text, uint32_t number[3])
{
    struct sk_str rest = {text, strcspn(text, "-+")};

    for (int i = 0; i < 3; i++) {
        const char *dot = i < 2 ? memchr(rest.p, '.', rest.n) : rest.p + rest.n;
        uint64_t n;

        if (!dot || sk_parse_u64(rest.p, (size_t)(dot - rest.p), &n) || n > UINT32_MAX)
            return -EINVAL;
        number[i] = (uint32_t)n;
        rest.n -= SK_MIN((size_t)(dot - rest.p) + 1, rest.n);
        rest.p = dot + 1;
    }
    return 0;
}

int sk_grpc_pack_version(const struct sk_grpc_options *opt, struct sk_grpc_item **out)
{
    Falco__Version__Response r = FALCO__VERSION__RESPONSE__INIT;
    uint32_t v[3], e[3];
    struct sk_grpc_item *it;

    if (split_version(opt->version, v) || split_version(opt->engine_version, e))
        return -EINVAL;
    r.version = (char *)opt->version;
    r.major = v[0];
    r.minor = v[1];
    r.patch = v[2];
    r.engine_version = (char *)opt->engine_version;
    r.engine_major = e[0];
    r.engine_minor = e[1];
    r.engine_patch = e[2];
    r.engine_fields_checksum = (char *)(opt->fields_checksum ? opt->fields_checksum : "");
    it = sk_grpc_item_new(0, falco__version__response__get_packed_size(&r));
    if (!it)
        return -ENOMEM;
    falco__version__response__pack(&r, it->data);
    *out = it;
    return 0;
}

bool sk_grpc_is_request(const void *data, size_t n)
{
    Falco__Outputs__Request *r = falco__outputs__request__unpack(NULL, n, data);

    if (r)
        falco__outputs__request__free_unpacked(r, NULL);
    return r;
}
