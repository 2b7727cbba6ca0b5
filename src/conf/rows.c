/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c - the rows of tbl/config.def as a table, and how the text of a scalar is read. */
#include "conf/items.h"

const struct sk_conf_row sk_conf_rows[] = {
#define ROW(member, key, type, def, limits, use, doc, start) \
    {key, SK_CONF_##type, def, limits, SK_CONF_##use, doc, offsetof(struct sk_conf, member), start},
#define CONFIG(...)       ROW(__VA_ARGS__, false)
#define CONFIG_START(...) ROW(__VA_ARGS__, true)
#define CONFIG_OLD(key, type, def, until, instead, why) \
    {key, SK_CONF_##type, def, "", SK_CONF_OLD, why, 0, false, until, instead},
#include "config.def"
};
const size_t sk_conf_rows_n = SK_ARRAY_LEN(sk_conf_rows);

const struct sk_conf_item sk_conf_items[] = {
#define MUST true
#define MAY  false
#define CONFIG_ITEM(tree, path, type, need, limits, doc) \
    {tree, path, SK_CONF_##type, need, limits, doc},
#include "config_items.def"
#undef MUST
#undef MAY
};
const size_t sk_conf_items_n = SK_ARRAY_LEN(sk_conf_items);

const struct sk_conf_row *sk_conf_row_of(const char *key, bool *section)
{
    const struct sk_conf_row *row = NULL;
    size_t n = strlen(key);

    *section = false;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        if (!strcmp(sk_conf_rows[i].key, key))
            row = &sk_conf_rows[i];
        if (!strncmp(sk_conf_rows[i].key, key, n) && sk_conf_rows[i].key[n] == '.')
            *section = true;
    }
    return row;
}

static const char *const true_words[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                         "True", "TRUE", "on",  "On",  "ON"};
static const char *const false_words[] = {"n",     "N",     "no",  "No",  "NO", "false",
                                          "False", "FALSE", "off", "Off", "OFF"};

bool sk_conf_bool(const char *text, bool *out)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(true_words); i++) {
        if (!strcmp(text, true_words[i]) || !strcmp(text, false_words[i])) {
            *out = !strcmp(text, true_words[i]);
            return true;
        }
    }
    return false;
}

bool sk_conf_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t v;

    if (sk_parse_u64(text, strlen(text), &v) || v > max)
        return false;
    *out = v;
    return true;
}

bool sk_conf_double(const char *text, double *out)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end || !(v == v))
        return false;
    *out = v;
    return true;
}

bool sk_conf_one_of(const char *words, const char *text)
{
    const size_t len = strlen(text);

    for (const char *p = words; *p && *p != '!';) {
        size_t n = strcspn(p, "|!");

        if (len == n && !memcmp(p, text, n))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

bool sk_conf_within(const struct sk_conf_row *r, const char *text)
{
    const char *dots = strstr(r->limits, "..");
    double d;

    if (r->type == SK_CONF_STR)
        return !*r->limits || sk_conf_one_of(r->limits, text);
    if (!dots || r->type > SK_CONF_STR || !sk_conf_double(text, &d))
        return true;
    return d >= strtod(r->limits, NULL) && d <= strtod(dots + 2, NULL);
}

bool sk_conf_strict(const struct sk_conf_row *r)
{
    return sk_str_ends(sk_str(r->limits), SK_STR("!"));
}
