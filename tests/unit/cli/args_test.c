/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <errno.h>

#include "tests/unit/test.h"

static int parse(struct sk_args *a, struct sk_buf *err, char *const *word)
{
    int n = 0;

    while (word[n])
        n++;
    return sk_args_parse(n, word, a, err);
}

#define WORDS(...) ((char *const[]){(char *)"saker", __VA_ARGS__, NULL})
#define W(text)    ((char *)text)

static void rejected(char *const *word, const char *message)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    sk_auto(args) struct sk_args a = {0};

    assert_int_equal(parse(&a, &err, word), -EINVAL);
    assert_string_equal(err.p, message);
}

static void unknown_options_are_named_in_typographic_quotes(void **state)
{
    (void)state;
    rejected(WORDS(W("-A")), "Option \xe2\x80\x98"
                             "A\xe2\x80\x99 does not exist");
    rejected(WORDS(W("--modern-bpf")), "Option \xe2\x80\x98modern-bpf\xe2\x80\x99 does not exist");
    rejected(WORDS(W("--vers")), "Option \xe2\x80\x98vers\xe2\x80\x99 does not exist");
    rejected(WORDS(W("tset")), "Unknown command 'tset'; --help lists the commands");
    rejected(WORDS(W("-v"), W("record"), W("f")),
             "'record' is a command: it stands before the options, saker record [OPTION...]");
    rejected(WORDS(W("--=x")), "Option \xe2\x80\x98\xe2\x80\x99 does not exist");
    rejected(WORDS(W("-vA")), "Option \xe2\x80\x98"
                              "A\xe2\x80\x99 does not exist");
}

static void a_missing_argument_is_named(void **state)
{
    (void)state;
    rejected(WORDS(W("-c")), "Option \xe2\x80\x98"
                             "c\xe2\x80\x99 is missing an argument");
    rejected(WORDS(W("--option")), "Option \xe2\x80\x98option\xe2\x80\x99 is missing an argument");
}

static void every_way_to_give_a_value_is_the_same(void **state)
{
    sk_auto(args) struct sk_args a = {0};

    (void)state;
    assert_int_equal(
        parse(&a, NULL,
              WORDS(W("-o"), W("a=1"), W("-ob=2"), W("--option"), W("c=3"), W("--option=d=4"))),
        0);
    assert_int_equal(a.opt[SK_OPT_OPTION].n, 4);
    assert_string_equal(a.opt[SK_OPT_OPTION].value[0], "a=1");
    assert_string_equal(a.opt[SK_OPT_OPTION].value[1], "b=2");
    assert_string_equal(a.opt[SK_OPT_OPTION].value[2], "c=3");
    assert_string_equal(a.opt[SK_OPT_OPTION].value[3], "d=4");
}

static void flags_can_stand_together_and_values_be_glued(void **state)
{
    sk_auto(args) struct sk_args a = {0};

    (void)state;
    assert_int_equal(parse(&a, NULL, WORDS(W("-vUM5"), W("-pk"))), 0);
    assert_true(sk_args_has(&a, SK_OPT_VERBOSE));
    assert_true(sk_args_has(&a, SK_OPT_UNBUFFERED));
    assert_string_equal(sk_args_value(&a, SK_OPT_DURATION), "5");
    assert_string_equal(sk_args_value(&a, SK_OPT_PRINT), "k");
    assert_null(sk_args_value(&a, SK_OPT_CONFIG));
}

static void only_an_equals_sign_gives_list_a_value(void **state)
{
    sk_auto(args) struct sk_args a = {0}, b = {0};

    (void)state;
    assert_int_equal(parse(&a, NULL, WORDS(W("--list"), W("syscall"))), 0);
    assert_string_equal(sk_args_value(&a, SK_OPT_LIST), "");
    assert_int_equal(parse(&b, NULL, WORDS(W("--list=syscall"))), 0);
    assert_string_equal(sk_args_value(&b, SK_OPT_LIST), "syscall");
}

static void the_first_word_may_be_a_command_and_further_words_are_its_own(void **state)
{
    sk_auto(args) struct sk_args a = {0}, b = {0};

    (void)state;
    assert_int_equal(parse(&a, NULL, WORDS(W("probe"))), 0);
    assert_int_equal(a.command, SK_CMD_PROBE);
    assert_int_equal(a.nwords, 0);
    assert_int_equal(
        parse(&b, NULL, WORDS(W("-v"), W("word"), W("probe"), W("-"), W("--"), W("-A"))), 0);
    assert_int_equal(b.command, SK_CMD_NONE);
    assert_int_equal(b.nwords, 4);
    assert_string_equal(b.word[3], "-A");
}

static void the_last_value_counts(void **state)
{
    sk_auto(args) struct sk_args a = {0};

    (void)state;
    assert_int_equal(parse(&a, NULL, WORDS(W("-c"), W("a"), W("-c"), W("b"))), 0);
    assert_string_equal(sk_args_value(&a, SK_OPT_CONFIG), "b");
}

static void the_help_names_every_command_and_option_within_140_columns(void **state)
{
    static const char *const names[] = {
#define COMMAND(id, word, arg, help) "\n  " word,
#include "commands.def"
#define OPTION(id, short_name, long_name, kind, arg, help) long_name,
#include "options.def"
    };
    sk_auto(buf) struct sk_buf out = SK_BUF(1 << 20);

    (void)state;
    sk_args_help(&out);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (!strstr(out.p, names[i]))
            fail_msg("%s", names[i]);
    for (const char *p = out.p; *p; p += strcspn(p, "\n") + 1)
        assert_true(strcspn(p, "\n") <= 142);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_options_are_named_in_typographic_quotes),
        cmocka_unit_test(a_missing_argument_is_named),
        cmocka_unit_test(every_way_to_give_a_value_is_the_same),
        cmocka_unit_test(flags_can_stand_together_and_values_be_glued),
        cmocka_unit_test(only_an_equals_sign_gives_list_a_value),
        cmocka_unit_test(the_first_word_may_be_a_command_and_further_words_are_its_own),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(the_help_names_every_command_and_option_within_140_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
