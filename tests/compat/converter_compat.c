/* SPDX-License-Identifier: Apache-2.0 */
/* converter_compat.c - recorded conversions of old events: converter_compat <converter.jsonl;
 * prints lines for scripts/verdicts.
 *
 * A test is a run of lines with one name; it begins with nothing kept. */
#include <jansson.h>

#include "event/convert.h"
#include "record.h"

#define LINE_BYTES (1u << 20)
#define REC_BYTES  (1u << 17)

struct bytes {
    uint8_t b[REC_BYTES];
    size_t n;
};

static void unhex(const json_t *line, const char *key, struct bytes *out)
{
    const char *hex = json_string_value(json_object_get(line, key));

    out->n = 0;
    for (; hex && hex[0] && hex[1] && out->n < REC_BYTES; hex += 2) {
        char pair[3] = {hex[0], hex[1], '\0'};

        out->b[out->n++] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static bool differs(const char *test, const char *op, const char *what)
{
    printf("failed\t%s %s\t%s\n", test, op, what);
    return false;
}

/* What the recorded operation says about the result. */
static int wanted(const char *op, const json_t *line)
{
    const char *res = json_string_value(json_object_get(line, "res"));

    if (strcmp(op, "convert_drop") == 0 || strcmp(op, "convertibility_drop") == 0)
        return SK_CONVERT_DROP;
    if (strcmp(op, "convert_pass") == 0)
        return SK_CONVERT_PASS;
    return res && strcmp(res, "CONTINUE") == 0 ? SK_CONVERT_MORE : SK_CONVERT_DONE;
}

static bool check(struct sk_converter *c, const json_t *line)
{
    static struct bytes in, out;
    const char *test = json_string_value(json_object_get(line, "test"));
    const char *op = json_string_value(json_object_get(line, "op")), *why = "";
    const void *got = NULL;
    struct sk_rec_hdr h;
    size_t n = 0;
    int rc;

    if (!test || !op)
        return differs("?", "?", "not a case");
    unhex(line, "in", &in);
    unhex(line, "out", &out);
    if (in.n < sizeof(h))
        return differs(test, op, "no record");
    memcpy(&h, in.b, sizeof(h));
    if (strcmp(op, "stored") == 0) {
        got = sk_converter_kept(c, h.tid, &n);
        if (!got || n != in.n || memcmp(got, in.b, n) != 0)
            return differs(test, op, "another record is kept");
        return true;
    }
    if (strcmp(op, "convert_full") == 0)
        rc = sk_convert(c, in.b, in.n, &got, &n, &why);
    else
        rc = sk_convert_step(c, in.b, in.n, &got, &n, &why);
    if (rc != wanted(op, line))
        return differs(test, op, rc < 0 ? why : "another verdict");
    if (rc == SK_CONVERT_PASS)
        return got == in.b && n == in.n ? true : differs(test, op, "not the same bytes");
    if (rc != SK_CONVERT_DROP && (n != out.n || memcmp(got, out.b, n) != 0))
        return differs(test, op, "other bytes");
    return true;
}

int main(void)
{
    static char text[LINE_BYTES];
    static char last[256];
    sk_auto(converter) struct sk_converter *c = NULL;
    size_t n = 0, bad = 0;

    if (sk_converter_new(&c))
        return 1;
    while (fgets(text, sizeof(text), stdin)) {
        json_t *line = json_loads(text, 0, NULL);
        const char *test = json_string_value(json_object_get(line, "test"));

        if (test && strcmp(test, last) != 0) {
            sk_converter_reset(c);
            snprintf(last, sizeof(last), "%s", test);
        }
        n++;
        bad += !line || !check(c, line);
        json_decref(line);
    }
    printf("passed\t%zu\n", n - bad);
    return 0;
}
