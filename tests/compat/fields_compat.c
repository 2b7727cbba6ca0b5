/* SPDX-License-Identifier: Apache-2.0 */
/* fields_compat.c - the rows of tbl/fields/ against the catalogue of upstream: name, type, list,
 * print format, arguments and flags of each field.
 *
 *   fields_compat < fields.csv
 *
 * prints lines for scripts/verdicts. */
#include "field/field.h"

/* Columns of the catalogue. */
enum { CLASS_FLAGS = 3, NAME = 5, TYPE, LIST, FORMAT, FLAGS = 13, COLUMNS };

/* Flags whose meaning a user can see.  Of arguments only "one is allowed" is compared: the
 * catalogue does not tell the same of fields of the engine and of those of plugins. */
static const struct {
    const char *name;
    uint32_t flag;
} seen[] = {
    {"FILTER_ONLY", SK_FF_FILTER_ONLY},
    {"PRINT_ONLY", SK_FF_PRINT_ONLY},
    {"NO_RHS", SK_FF_NO_RHS},
    {"NO_TRANSFORMER", SK_FF_NO_TRANSFORMER},
    {"TABLE_ONLY", SK_FF_HIDDEN},
    {"DEPRECATED", SK_FF_DEPRECATED},
    {"FORMAT_SUGGESTED", SK_FF_SUGGESTED},
    {"ARG_REQUIRED", SK_FF_ARG_REQUIRED},
};

static const char *const format_name[] = {
    [SK_PF_NA] = "NA",   [SK_PF_DEC] = "DEC",
    [SK_PF_HEX] = "HEX", [SK_PF_10_PADDED_DEC] = "10_PADDED_DEC",
    [SK_PF_ID] = "ID",   [SK_PF_DIR] = "DIR",
    [SK_PF_OCT] = "OCT",
};

static const struct sk_field *find(const char *name)
{
    for (size_t i = 0; i < sk_fields_n; i++)
        if (strcmp(sk_fields[i].name, name) == 0)
            return &sk_fields[i];
    return NULL;
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = strstr(list, word); p; p = strstr(p + n, word))
        if ((p == list || p[-1] == '|') && (p[n] == '|' || p[n] == '\0'))
            return true;
    return false;
}

static void compare(char *const *cell, const struct sk_field *f, struct sk_buf *why)
{
    if (strcmp(cell[TYPE], sk_type_name(f->type)) != 0)
        sk_buf_printf(why, "type %s, want %s; ", sk_type_name(f->type), cell[TYPE]);
    if ((*cell[LIST] == '1') != ((f->flags & SK_FF_LIST) != 0))
        sk_buf_printf(why, "list: want %s; ", cell[LIST]);
    if (strcmp(cell[FORMAT], format_name[f->fmt]) != 0)
        sk_buf_printf(why, "format %s, want %s; ", format_name[f->fmt], cell[FORMAT]);
    for (size_t i = 0; i < SK_ARRAY_LEN(seen); i++)
        if (has_word(cell[FLAGS], seen[i].name) != ((f->flags & seen[i].flag) != 0))
            sk_buf_printf(why, "flag %s differs; ", seen[i].name);
    if ((strstr(cell[FLAGS], "ARG_") != NULL) !=
        ((f->flags & (SK_FF_ARG_REQUIRED | SK_FF_ARG_ALLOWED)) != 0))
        sk_buf_addz(why, "argument differs; ");
}

/* A hidden class hides its fields. */
static bool check(char *line)
{
    char *cell[COLUMNS] = {line}, hidden[256];
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);
    const struct sk_field *f;
    size_t n = 1;

    for (char *p = line; *p; p++) {
        if (*p != ',' || n == COLUMNS)
            continue;
        *p = '\0';
        cell[n++] = p + 1;
    }
    if (n < COLUMNS)
        return false;
    cell[FLAGS][strcspn(cell[FLAGS], ",\n")] = '\0';
    if (strcmp(cell[CLASS_FLAGS], "HIDDEN") == 0) {
        snprintf(hidden, sizeof(hidden), "TABLE_ONLY|%s", cell[FLAGS]);
        cell[FLAGS] = hidden;
    }
    f = find(cell[NAME]);
    if (f)
        compare(cell, f, &why);
    else
        sk_buf_addz(&why, "no such field");
    if (why.n)
        printf("failed\t%s\t%s\n", cell[NAME], why.p);
    return !why.n;
}

int main(void)
{
    static char line[4096];
    unsigned passed = 0;

    if (!fgets(line, sizeof(line), stdin))
        return 2;
    while (fgets(line, sizeof(line), stdin))
        passed += check(line);
    printf("passed\t%u\n", passed);
    return 0;
}
