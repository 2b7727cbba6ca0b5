/* SPDX-License-Identifier: Apache-2.0 */
/* json_schema.c - the rows as a JSON schema (draft-06), for editors and checks before a rollout. */
#include "conf/conf.h"

#define OBJECT "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"

static void add_text(struct sk_buf *out, const char *name, const char *text)
{
    sk_buf_printf(out, "\"%s\":\"", name);
    sk_buf_add_json(out, sk_str(text));
    sk_buf_addc(out, '"');
}

static void add_words(struct sk_buf *out, const char *words)
{
    sk_buf_addz(out, ",\"enum\":[\"");
    for (; *words && *words != '!'; words++) {
        if (*words == '|')
            sk_buf_addz(out, "\",\"");
        else
            sk_buf_addc(out, *words);
    }
    sk_buf_addz(out, "\"]");
}

static void add_limits(struct sk_buf *out, const struct sk_conf_row *r)
{
    const char *dots = strstr(r->limits, "..");

    if (r->type == SK_CONF_STR && *r->limits)
        add_words(out, r->limits);
    else if (dots)
        sk_buf_printf(out, ",\"minimum\":%.*s,\"maximum\":%.*s", (int)(dots - r->limits), r->limits,
                      (int)strcspn(dots + 2, "!"), dots + 2);
}

static void add_default(struct sk_buf *out, const struct sk_conf_row *r)
{
    double d;

    if (r->type == SK_CONF_BOOL)
        sk_buf_printf(out, ",\"default\":%s", r->def);
    else if (r->type < SK_CONF_STR && sk_conf_double(r->def, &d))
        sk_buf_printf(out, ",\"default\":%s%s", *r->def == '.' ? "0" : "", r->def);
    else if (r->type == SK_CONF_STR && *r->def) {
        sk_buf_addc(out, ',');
        add_text(out, "default", r->def);
    }
}

/* A list may be one text, as everywhere in these files. */
static void add_type(struct sk_buf *out, const struct sk_conf_row *r)
{
    static const char *const type[] = {"\"boolean\"", "\"integer\"",
                                       "\"integer\"", "\"number\"",
                                       "\"string\"",  "[\"array\",\"string\",\"null\"]"};

    if (r->type != SK_CONF_TREE)
        sk_buf_printf(out, "\"type\":%s", type[r->type]);
    else if (r->key && !strcmp(r->key, "config_files"))
        sk_buf_addz(out, "\"type\":[\"array\",\"string\",\"null\"]");
    else if (!strcmp(r->limits, "list"))
        sk_buf_addz(out, "\"type\":[\"array\",\"null\"]");
    else if (!strcmp(r->limits, "map"))
        sk_buf_addz(out, "\"type\":[\"object\",\"null\"]");
    else
        sk_buf_addz(out, "\"type\":[\"array\",\"object\",\"null\"]");
    if (r->type == SK_CONF_LIST)
        sk_buf_addz(out, ",\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]}");
}

static void add_item(struct sk_buf *out, const struct sk_conf_item *it)
{
    const struct sk_conf_row r = {.type = it->type, .limits = it->limits, .def = ""};

    sk_buf_addc(out, '{');
    if (it->type == SK_CONF_ANY)
        sk_buf_addz(out, "\"type\":[\"array\",\"object\",\"string\",\"null\"]");
    else
        add_type(out, &r);
    add_limits(out, &r);
    sk_buf_addc(out, ',');
    add_text(out, "description", it->doc);
    sk_buf_addc(out, '}');
}

/* Names of members that must be there. */
static void add_required(struct sk_buf *out, const char *tree)
{
    bool any = false;

    for (size_t i = 0; i < sk_conf_items_n; i++) {
        if (!sk_conf_items[i].must || strcmp(sk_conf_items[i].tree, tree) != 0)
            continue;
        sk_buf_printf(out, "%s\"%s\"", any ? "," : ",\"required\":[", sk_conf_items[i].path);
        any = true;
    }
    sk_buf_addz(out, any ? "]" : "");
}

static void add_item_object(struct sk_buf *out, const char *tree, const char *prefix)
{
    size_t before = strlen(prefix);
    const char *comma = "", *done = NULL;

    sk_buf_addz(out, OBJECT);
    for (size_t i = 0; i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];
        const char *name = it->path + before;
        char inner[128];
        size_t n;

        if (strcmp(it->tree, tree) != 0 || strncmp(it->path, prefix, before) != 0 || !*it->path)
            continue;
        n = strcspn(name, ".");
        if (name[n] && done && !strncmp(done, name, n + 1))
            continue;
        sk_buf_printf(out, "%s\"%.*s\":", comma, (int)n, name);
        comma = ",";
        snprintf(inner, sizeof(inner), "%s%.*s.", prefix, (int)n, name);
        if (name[n])
            add_item_object(out, tree, inner);
        else
            add_item(out, it);
        done = name;
    }
    sk_buf_addc(out, '}');
    if (!before)
        add_required(out, tree);
    sk_buf_addc(out, '}');
}

/* The items of a list, the members of a map. */
static void add_items(struct sk_buf *out, const char *tree)
{
    const struct sk_conf_item *any = NULL;
    bool text = false, known = false;

    for (size_t i = 0; i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];

        if (strcmp(it->tree, tree) != 0)
            continue;
        known = true;
        text |= !*it->path;
        if (!strcmp(it->path, "*"))
            any = it;
    }
    if (any) {
        sk_buf_addz(out, ",\"additionalProperties\":");
        add_item(out, any);
    } else if (known) {
        sk_buf_addz(out, text ? ",\"items\":{\"anyOf\":[{\"type\":\"string\"}," : ",\"items\":");
        add_item_object(out, tree, "");
        sk_buf_addz(out, text ? "]}" : "");
    }
}

static void add_outputs(struct sk_buf *out);

static void add_row(struct sk_buf *out, const struct sk_conf_row *r)
{
    sk_buf_addc(out, '{');
    add_type(out, r);
    if (r->key && !strcmp(r->key, "outputs"))
        add_outputs(out);
    else if (r->type == SK_CONF_TREE)
        add_items(out, r->key);
    add_limits(out, r);
    add_default(out, r);
    sk_buf_addz(out, ",\"description\":\"");
    if (r->use == SK_CONF_OLD)
        sk_buf_printf(out, "Until Falco %s: ", r->until);
    sk_buf_add_json(out, sk_str(r->doc));
    sk_buf_addz(out, "\"}");
}

/* Was this member of the object there in an earlier row? */
static bool known(size_t row, const char *prefix, const char *name, size_t n)
{
    size_t before = strlen(prefix);

    for (size_t i = 0; i < row; i++) {
        const char *k = sk_conf_rows[i].key;

        if (!strncmp(k, prefix, before) && !strncmp(k + before, name, n) &&
            (k[before + n] == '.' || !k[before + n]))
            return true;
    }
    return false;
}

static void add_object(struct sk_buf *out, const char *prefix);

/* The keys below `prefix`; comma: what stands before the first. */
static void add_members(struct sk_buf *out, const char *prefix, const char *comma)
{
    size_t before = strlen(prefix);

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const char *name;
        char inner[128];
        bool section;
        size_t n;

        if (strncmp(r->key, prefix, before) != 0)
            continue;
        name = r->key + before;
        n = strcspn(name, ".");
        if (known(i, prefix, name, n))
            continue;
        snprintf(inner, sizeof(inner), "%s%.*s", prefix, (int)n, name);
        r = sk_conf_row_of(inner, &section);
        sk_buf_printf(out, "%s\"%.*s\":%s", comma, (int)n, name,
                      r && section ? "{\"anyOf\":[" : "");
        comma = ",";
        if (r)
            add_row(out, r);
        sk_buf_addz(out, r && section ? "," : "");
        snprintf(inner, sizeof(inner), "%s%.*s.", prefix, (int)n, name);
        if (section)
            add_object(out, inner);
        sk_buf_addz(out, r && section ? "]}" : "");
    }
}

static void add_object(struct sk_buf *out, const char *prefix)
{
    sk_buf_addz(out, OBJECT);
    add_members(out, prefix, "");
    sk_buf_addz(out, "}}");
}

/* An item of `outputs` of this type: its own keys and those of the section ("http_output."). */
static void add_output(struct sk_buf *out, const char *section, const char *type)
{
    const struct sk_conf_row own[] = {
#define OUTPUT_KEY(member, name, value, words, text) \
    {.key = name, .type = SK_CONF_STR, .def = value, .limits = words, .doc = text},
#include "output_keys.def"
    };

    sk_buf_addz(out, OBJECT);
    for (size_t i = 0; i < SK_ARRAY_LEN(own); i++) {
        struct sk_conf_row r = own[i];

        sk_buf_printf(out, "%s\"%s\":", i ? "," : "", r.key);
        if (!strcmp(r.key, "type"))
            r.limits = type;
        add_row(out, &r);
    }
    add_members(out, section, ",");
    sk_buf_addz(out, "},\"required\":[\"type\"]}");
}

/* The types are the sections with a switch. */
static void add_outputs(struct sk_buf *out)
{
    static const char tail[] = "_output.enabled";
    const char *comma = "";

    sk_buf_addz(out, ",\"items\":{\"anyOf\":[");
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const char *end = strstr(r->key, tail);
        char section[160], type[128];

        if (!end || end[sizeof(tail) - 1] || r->use == SK_CONF_OLD || r->use == SK_CONF_LATER)
            continue;
        snprintf(type, sizeof(type), "%.*s", (int)(end - r->key), r->key);
        snprintf(section, sizeof(section), "%s_output.", type);
        sk_buf_addz(out, comma);
        comma = ",";
        add_output(out, section, type);
    }
    sk_buf_addz(out, "]}");
}

void sk_conf_schema(struct sk_buf *out)
{
    sk_buf_addz(out, "{\"$schema\":\"http://json-schema.org/draft-06/schema#\","
                     "\"title\":\"Saker configuration\",\"allOf\":[");
    add_object(out, "");
    sk_buf_addz(out, "]}");
}
