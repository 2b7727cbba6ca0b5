/* SPDX-License-Identifier: Apache-2.0 */
/* about.c - what tbl/config_about.def says of a key. */
#include "conf/about.h"

static const struct {
    const char *key, *text;
} shipped[] =
    {
#define CONFIG_SECTION(title, names, intro)
#define CONFIG_SINCE(version, keys)
#define CONFIG_SHIPPED(key, value) {key, value},
#define CONFIG_EXAMPLE(key, text)
#include "config_about.def"
},
  examples[] =
      {
#define CONFIG_SECTION(title, names, intro)
#define CONFIG_SINCE(version, keys)
#define CONFIG_SHIPPED(key, value)
#define CONFIG_EXAMPLE(key, text) {key, text},
#include "config_about.def"
},
  since[] = {
#define CONFIG_SECTION(title, names, intro)
#define CONFIG_SINCE(version, keys) {keys, version},
#define CONFIG_SHIPPED(key, value)
#define CONFIG_EXAMPLE(key, text)
#include "config_about.def"
};

const struct sk_conf_section sk_conf_sections[] = {
#define CONFIG_SECTION(title, names, intro) {title, names, intro},
#define CONFIG_SINCE(version, keys)
#define CONFIG_SHIPPED(key, value)
#define CONFIG_EXAMPLE(key, text)
#include "config_about.def"
    {"Others", "", ""},
};
const size_t sk_conf_sections_n = SK_ARRAY_LEN(sk_conf_sections);

/* Is the word among these, which have blanks around each? */
static bool among(const char *words, const char *word, size_t n)
{
    for (const char *p = words; (p = memmem(p, strlen(p), word, n)); p++) {
        if (p > words && p[-1] == ' ' && p[n] == ' ')
            return true;
    }
    return false;
}

bool sk_conf_in_section(const struct sk_conf_section *s, const struct sk_conf_row *r)
{
    const size_t n = strcspn(r->key, ".");

    if (*s->names)
        return among(s->names, r->key, n);
    for (size_t i = 0; i + 1 < sk_conf_sections_n; i++) {
        if (among(sk_conf_sections[i].names, r->key, n))
            return false;
    }
    return true;
}

static bool own(const struct sk_conf_row *r)
{
    return sk_str_starts(sk_str(r->doc), SK_STR("Saker: "));
}

const char *sk_conf_since(const struct sk_conf_row *r)
{
    if (own(r))
        return "Saker";
    /* The key itself first, then the sections around it. */
    for (size_t n = strlen(r->key); n;) {
        for (size_t i = 0; i < SK_ARRAY_LEN(since); i++) {
            if (among(since[i].key, r->key, n))
                return since[i].text;
        }
        for (n--; n && r->key[n] != '.'; n--)
            ;
    }
    return "";
}

void sk_conf_doc(const struct sk_conf_row *r, struct sk_buf *out)
{
    const char *text = r->doc + (own(r) ? strlen("Saker: ") : 0);
    /* A name at the start (`id`, --config) stays as it is. */
    bool word = text[strspn(text, "abcdefghijklmnopqrstuvwxyz")] == ' ';

    if (word && *text >= 'a' && *text <= 'z')
        sk_buf_addc(out, (char)(*text++ - 'a' + 'A'));
    sk_buf_addz(out, text);
}

const char *sk_conf_example(const char *key)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(examples); i++) {
        if (!strcmp(examples[i].key, key))
            return examples[i].text;
    }
    return NULL;
}

static bool plain(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
    bool b;

    /* What begins with a digit could be a number. */
    return *text && !text[strspn(text, safe)] && !strchr("-.0123456789", *text) &&
           !sk_conf_bool(text, &b);
}

void sk_conf_shipped(const struct sk_conf_row *r, struct sk_buf *out)
{
    bool list =
        r->type == SK_CONF_LIST || (r->type == SK_CONF_TREE && strcmp(r->limits, "map") != 0);

    for (size_t i = 0; i < SK_ARRAY_LEN(shipped); i++) {
        if (!strcmp(shipped[i].key, r->key)) {
            sk_buf_addz(out, shipped[i].text);
            return;
        }
    }
    if (r->type == SK_CONF_TREE || (list && !*r->def))
        sk_buf_addz(out, list ? "[]" : "{}");
    else if (r->type != SK_CONF_STR && !list)
        sk_buf_addz(out, r->def);
    else
        sk_buf_printf(out,
                      list            ? plain(r->def) ? "[%s]" : "[\"%s\"]"
                      : plain(r->def) ? "%s"
                                      : "\"%s\"",
                      r->def);
}

const char *sk_conf_type_name(const struct sk_conf_row *r)
{
    static const char *const names[] = {"true or false", "whole number", "whole number",
                                        "number",        "text",         "list of text"};

    if (r->type == SK_CONF_TREE)
        return strncmp(r->limits, "list", 4) ? "map" : "list";
    return names[r->type];
}

void sk_conf_limits(const char *limits, struct sk_buf *out)
{
    /* What the type itself allows is no news. */
    if (!strncmp(limits, "list", 4) || !strcmp(limits, "map") || !strcmp(limits, "0..4294967295") ||
        !strcmp(limits, "0..9223372036854775807"))
        return;
    for (; *limits && *limits != '!'; limits++) {
        if (*limits == '|')
            sk_buf_addz(out, ", ");
        else if (limits[0] == '.' && limits[1] == '.')
            sk_buf_addz(out, " to "), limits++;
        else
            sk_buf_addc(out, *limits);
    }
}
