/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/preseed.h"

#include "abi/prefilter_eval.h"
#include "tests/unit/test.h"

static struct sk_pf *pf;

static uint64_t hash(const char *z)
{
    uint64_t h = pf->seed;
    size_t n = strlen(z);

    for (size_t i = 0; i < n; i += 8) {
        uint64_t w = 0;

        memcpy(&w, z + i, SK_MIN(n - i, 8));
        h = sk_pf_mix(h, w);
    }
    return sk_pf_hash_end(h, n);
}

static struct sk_pf_node *node(uint64_t key)
{
    struct sk_pf_node *n = &pf->node[key & (SK_PF_NODES - 1)];

    while (n->key && n->key != key)
        n++;
    n->key = key;
    return n;
}

static void mark(uint32_t space, const char *z, uint64_t bits)
{
    uint64_t key = sk_pf_mark_key(pf, space, hash(z));
    struct sk_pf_mark *m = &pf->mark[key & (SK_PF_MARKS - 1)];

    *m = (struct sk_pf_mark){key, bits};
}

/* Bits: 0 /usr/bin itself, 1 in it, 2 below it, 3 not to be told below /opt, 4 named sh, 5 *.so */
static int make(void **state)
{
    uint64_t usr, bin;

    (void)state;
    pf = calloc(1, sizeof(*pf));
    assert_non_null(pf);
    pf->gen = 1;
    pf->seed = 42;
    pf->root[SK_PF_EXE] = 7;
    pf->names = 1u << SK_PF_EXE;
    node(7);
    usr = sk_pf_node_key(7, hash("usr"));
    node(usr);
    bin = sk_pf_node_key(usr, hash("bin"));
    node(bin)->exact = 1;
    node(bin)->child = 2;
    node(bin)->below = 4;
    node(sk_pf_node_key(7, hash("opt")))->maybe = 8;
    mark(SK_PF_S_NAME | SK_PF_EXE << 8, "sh", 16);
    mark(SK_PF_S_EXT | SK_PF_EXE << 8, ".so", 32);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    free(pf);
    return 0;
}

static void check(const char *path, uint64_t value, uint64_t known)
{
    uint64_t v, k;

    sk_prefilter_path(pf, SK_PF_EXE, sk_str(path), &v, &k);
    assert_int_equal(v, value);
    assert_int_equal(k, known);
}

static void each_beginning_says_what_it_knows(void **state)
{
    (void)state;
    check("/", 0, ~0ull);
    check("/usr", 0, ~0ull);
    check("/usr/bin", 1, ~0ull);
    check("/usr/bin/env", 2 | 4, ~0ull);
    check("/usr/bin/x/y", 4, ~0ull);
    check("/usr/lib/x", 0, ~0ull);
    check("/opt", 0, ~0ull);
    check("/opt/x", 0, ~8ull);
}

static void the_last_name_counts_wherever_it_lies(void **state)
{
    (void)state;
    check("/usr/bin/sh", 2 | 4 | 16, ~0ull);
    check("/a/b/c/sh", 16, ~0ull);
    check("/sh/x", 0, ~0ull);
    check("/x/y.so", 32, ~0ull);
    check("/x/.so", 32, ~0ull);
    check("/x/y.so.1", 0, ~0ull);
}

static void what_is_no_path_of_the_kernel_is_not_known(void **state)
{
    char deep[3 * SK_PF_DEPTH] = "", name[SK_PF_NAME_MAX + 2] = "/";

    (void)state;
    check("", 0, 0);
    check("memfd:x", 0, 0);
    check("/usr//bin", 0, 0);
    check("/usr/../bin", 0, 0);
    check("/usr/bin/", 0, 0);
    for (int i = 0; i <= SK_PF_DEPTH; i++)
        memcpy(deep + 2 * i, "/a", 3);
    check(deep, 0, 0);
    deep[2 * SK_PF_DEPTH] = '\0';
    check(deep, 0, ~0ull);
    memset(name + 1, 'a', SK_PF_NAME_MAX);
    check(name, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_beginning_says_what_it_knows),
        cmocka_unit_test(the_last_name_counts_wherever_it_lies),
        cmocka_unit_test(what_is_no_path_of_the_kernel_is_not_known),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
