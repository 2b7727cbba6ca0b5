/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/filter.h"

#include <errno.h>

#include "tests/unit/rule/fake_fields.h"
#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_filter_pool *pool;
static char warnings[2048];

static int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 28);
    warnings[0] = '\0';
    return !mem || sk_filter_pool_new(mem, &pool);
}

static int teardown(void **state)
{
    (void)state;
    sk_filter_pool_free(pool);
    arena_freep(&mem);
    return 0;
}

static void warn(void *self, const struct sk_filter_warning *w)
{
    size_t n = strlen(warnings);

    (void)self;
    snprintf(warnings + n, sizeof(warnings) - n, "%s%s", n ? "|" : "", w->text);
}

static int compile(struct sk_str text, uint32_t *root, struct sk_ast_err *err)
{
    struct sk_ast *ast;

    assert_int_equal(sk_ast_parse(text, 1000, mem, &ast, err), 0);
    return sk_filter_compile(pool, ast, warn, NULL, root, err);
}

static uint32_t ok(const char *text)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root = UINT32_MAX;

    assert_int_equal(compile(sk_str(text), &root, &err), 0);
    assert_string_equal(err.text, "");
    return root;
}

static void refuses(const char *text, const char *message)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root = UINT32_MAX;

    assert_int_equal(compile(sk_str(text), &root, &err), -EINVAL);
    assert_string_equal(err.text, message);
    assert_int_equal(root, UINT32_MAX);
}

static void names_that_nobody_resolved_are_errors(void **state)
{
    (void)state;
    refuses("proc.name = a and macro", "filter error: unexpected identifier 'macro'");
    refuses("no.field = 1", "filter_check called with nonexistent field no.field");
    refuses("proc.name[1] = a", "filter_check called with nonexistent field proc.name[1]");
    refuses("evt.type = nothing", "unknown event type nothing");
    refuses("len(evt.type) > 5", "unknown event type 5");
}

static void operators_are_checked_against_types(void **state)
{
    (void)state;
    refuses("evt.num contains 1",
            "filter error: 'contains' operator not supported for numeric filters");
    refuses("evt.is_io >= 1", "filter error: '>=' operator not supported for numeric filters");
    refuses("fd.ip startswith 1",
            "filter error: 'startswith' operator not supported for ip address and network filters");
    refuses("fd.ip glob anyof (1)", "filter error: 'glob' with modifier not supported for ip "
                                    "address and network filters");
    refuses("proc.name bcontains 61",
            "filter error: 'bcontains' operator not supported for string filters");
    refuses("evt.buffer glob a", "filter error: 'glob' operator not supported for buffer filters");
    refuses("fd.types == a", "filter error: '=' operator not supported list filters");
    refuses("thread.uid = 1", "filter error: '=' operator not supported for type 'UID'");
}

static void right_hand_fields_must_fit(void **state)
{
    (void)state;
    refuses("proc.name = val(proc.pid)",
            "field 'proc.name' has type 'CHARBUF' while the right-hand "
            "side field 'proc.pid' has incompatible type 'INT64'");
    refuses("proc.name in val(proc.args)",
            "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'proc.args' has "
            "incompatible type 'CHARBUF' (list)");
    refuses("proc.name pmatch val(proc.pname)",
            "operator 'PMATCH' doesn't support right-hand side fields");
    refuses("proc.aname = val(proc.name)",
            "field 'proc.aname' doesn't support right-hand side fields");
    refuses("proc.name = val(proc.aname)",
            "field 'proc.aname' can't be used as a right-hand side field");
    refuses("fd.net = val(fd.net)", "field type 'IPNET' doesn't support right-hand side fields");
    refuses("proc.name = val(proc.pname)[x]",
            "filter error: transformer 'val' does not support field arguments");
}

static void transformers_are_checked_against_types(void **state)
{
    (void)state;
    refuses("tolower(proc.pid) = 1",
            "can't add field transformer: type 'INT64' is not supported by "
            "'tolower' transformer applied on field 'proc.pid'");
    refuses("toupper(proc.aname) = A", "field 'proc.aname' does not support transformers");
    refuses("join(\",\", proc.name) = a", "join() second argument must be a list");
    refuses("join(proc.args, proc.args) = a",
            "join() first argument (separator) must be a single value, not a list");
    refuses("join(\",\") = a", "join() requires exactly 2 arguments: separator and list");
    refuses("concat(proc.name) = a", "concat() requires at least 2 arguments");
    refuses("concat(proc.name, proc.pid) = a", "concat() arguments must be strings");
    refuses("getopt(proc.name, \"a\") exists", "getopt() first argument must be a list");
    refuses("len(proc.name, proc.pname) = 1", "unknown multivalue transformer");
}

static void values_are_checked_one_by_one(void **state)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root;

    (void)state;
    refuses("evt.num in (1, 0x2)", "0x2 is not a valid number");
    refuses("proc.name regex anyof (a, 'b[')", "invalid regex pattern: missing ]: [");
    refuses("evt.buffer bcontains 6",
            "filter error: bcontains and bstartswith operator support hex strings only");
    assert_int_equal(compile(SK_STR("proc.name = a and proc.pid = x"), &root, &err), -EINVAL);
    assert_int_equal(err.pos.idx, 29);
}

static void failed_compilations_leave_the_pool_usable(void **state)
{
    uint32_t before = ok("proc.name in (a, b)");

    (void)state;
    refuses("proc.name in (c, d) and proc.name regex 'x['", "invalid regex pattern: missing ]: [");
    assert_int_equal(ok("proc.name in (a, b)"), before);
}

static void likely_mistakes_are_warned_about(void **state)
{
    (void)state;
    ok("proc.name = proc.pname");
    assert_string_equal(warnings,
                        "'proc.pname' may be a valid field misused as a const string value");
    warnings[0] = '\0';
    ok("proc.name = 'tolower(proc.pname)'");
    assert_string_equal(
        warnings,
        "'tolower(proc.pname)' may be a valid field transformer misused as a const string value");
    warnings[0] = '\0';
    ok("proc.name regex ^abc.*$");
    ok("proc.name regex a[bc] or proc.name = tolower or proc.name = a.b");
    assert_string_equal(warnings,
                        "regex check with '^abc.*$' may be optimized with simpler operators "
                        "such as '=', 'contains', 'startswith', 'endswith'");
}

static void the_same_warning_comes_for_every_rule(void **state)
{
    (void)state;
    ok("proc.name = proc.pname");
    warnings[0] = '\0';
    ok("proc.name = proc.pname and proc.pid = 1");
    assert_string_not_equal(warnings, "");
}

static void equal_checks_are_one_node(void **state)
{
    size_t before;
    uint32_t a = ok("proc.name = a and proc.pid = 1");

    (void)state;
    before = sk_filter_pool_nodes(pool);
    assert_int_equal(ok("proc.pid == 1 and proc.name = a"), a);
    assert_int_equal(ok("not not (proc.name = a and (proc.pid = 1 and proc.name == a))"), a);
    assert_int_equal(sk_filter_pool_nodes(pool), before);
}

static void constants_fold(void **state)
{
    uint32_t no = ok("proc.name in ()"), a = ok("proc.name = a");

    (void)state;
    assert_int_equal(ok("proc.name = a and proc.name in ()"), no);
    assert_int_equal(ok("proc.name = a or proc.name in ()"), a);
    assert_int_equal(ok("proc.name = a and not proc.name in ()"), a);
    assert_int_equal(ok("proc.name = a and proc.pid = 1 and not proc.name = a"), no);
    assert_int_equal(ok("proc.name = a or not proc.name = a"), ok("not proc.name in ()"));
    assert_int_not_equal(ok("proc.args in ()"), no); /* holds for an empty list */
}

static void cheap_checks_go_first_and_stateful_ones_stay(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    uint32_t root = ok("proc.name regex a[b]c and proc.aname = x and evt.type = open");
    const char *last;

    (void)state;
    sk_filter_dump(pool, root, &out);
    last = strstr(out.p, "= and");
    assert_non_null(last);
    assert_non_null(strstr(out.p, "n4 = evt.type = open"));
    assert_non_null(strstr(last, "= and n4 n3 n2"));
    assert_int_not_equal(ok("evt.deltatime > 1 and proc.pid = 1"),
                         ok("proc.pid = 1 and evt.deltatime > 1"));
}

static bool wants(const char *text, const char *event)
{
    struct sk_event_set set, named;
    uint32_t root = ok(text);

    sk_filter_event_set(pool, root, &set);
    assert_true(sk_event_set_by_name(sk_str(event), &named));
    for (size_t i = 0; i < SK_ARRAY_LEN(set.bit); i++)
        if (set.bit[i] & named.bit[i])
            return true;
    return false;
}

static void event_sets_follow_the_boolean_structure(void **state)
{
    (void)state;
    assert_true(wants("evt.type = open", "open"));
    assert_false(wants("evt.type = open", "close"));
    assert_false(wants("evt.type != open", "open"));
    assert_false(wants("not evt.type in (open, openat)", "openat"));
    assert_true(wants("proc.name = a", "close"));
    assert_true(wants("evt.type = open or proc.name = a", "close"));
    assert_false(wants("evt.type = open and not proc.name = a", "close"));
    assert_false(wants("evt.type = open and evt.type = close", "open"));
    assert_true(wants("not (evt.type = open and proc.name = a)", "open"));
    assert_false(wants("not evt.type exists", "open"));
    assert_true(wants("evt.type startswith open", "openat"));
    assert_false(wants("evt.type startswith open", "close"));
}

static void the_number_of_an_event_is_at_least_one(void **state)
{
    (void)state;
    assert_false(wants("evt.num = 0", "open"));
    assert_false(wants("evt.num < 1", "open"));
    assert_false(wants("not evt.num >= 1", "open"));
    assert_true(wants("evt.num = -1", "open"));
    assert_true(wants("not evt.num = 0", "open"));
}

static void a_name_without_a_row_wants_generic_events_either_way(void **state)
{
    struct sk_event_set set;

    (void)state;
    sk_filter_event_set(pool, ok("evt.type = sysinfo"), &set);
    assert_true(sk_event_set_has(&set, 1));
    sk_filter_event_set(pool, ok("evt.type != sysinfo"), &set);
    assert_true(sk_event_set_has(&set, 1));
}

static void conditions_deeper_than_the_limit_are_refused(void **state)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;
    uint32_t root;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("proc.name = a"), 100, mem, &ast, &err), 0);
    for (unsigned i = 0; i < SK_AST_DEPTH_MAX; i++) {
        struct sk_ast *up = sk_arena_alloc(mem, sizeof(*up));

        up->kind = SK_AST_NOT;
        up->child = sk_arena_alloc(mem, sizeof(up->child[0]));
        up->child[0] = ast;
        up->n = 1;
        ast = up;
    }
    assert_int_equal(sk_filter_compile(pool, ast, NULL, NULL, &root, &err), -EINVAL);
}

static void a_megabyte_compiles_in_linear_time(void **state)
{
    struct sk_buf text = SK_BUF(1u << 22);
    struct sk_ast_err err = {.text = ""};
    uint64_t start = sk_cputime_ns();
    uint32_t root;

    (void)state;
    sk_buf_addz(&text, "proc.pid = 0");
    while (text.n < 1u << 20)
        sk_buf_printf(&text, " or proc.pid = %zu", text.n);
    assert_int_equal(compile(sk_buf_str(&text), &root, &err), 0);
    assert_true(sk_cputime_ns() - start < 20ull * 1000 * 1000 * 1000);
    sk_buf_done(&text);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(names_that_nobody_resolved_are_errors),
        T(operators_are_checked_against_types),
        T(right_hand_fields_must_fit),
        T(transformers_are_checked_against_types),
        T(values_are_checked_one_by_one),
        T(failed_compilations_leave_the_pool_usable),
        T(likely_mistakes_are_warned_about),
        T(the_same_warning_comes_for_every_rule),
        T(equal_checks_are_one_node),
        T(constants_fold),
        T(cheap_checks_go_first_and_stateful_ones_stay),
        T(event_sets_follow_the_boolean_structure),
        T(the_number_of_an_event_is_at_least_one),
        T(a_name_without_a_row_wants_generic_events_either_way),
        T(conditions_deeper_than_the_limit_are_refused),
        T(a_megabyte_compiles_in_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
