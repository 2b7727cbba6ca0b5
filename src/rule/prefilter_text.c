/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_text.c - checks of names, paths and addresses.
 *
 * The kernel side knows paths by whole components: what ends within one is not told, but below the
 * directory in which it stands. Paths that it resolved are absolute, without "." and "..", and do not
 * end in '/'; no other text can be equal to one. The names of internet sockets have a ':' and no '/'. */
#include "rule/prefilter_own.h"

struct job {
    struct sk_pfc *c;
    struct sk_low *out;
    enum sk_path_part part;
};

static void add(const struct job *j, enum sk_pe_kind kind, struct sk_str text, bool up, bool low)
{
    struct sk_pe e = {.kind = (uint8_t)kind, .text = text};

    if (up)
        sk_pe_add(j->c, &j->out->up, &e);
    if (low)
        sk_pe_add(j->c, &j->out->low, &e);
}

static void cannot(const struct job *j)
{
    j->out->up_any = true;
}

/* Absolute, and such as the kernel side has it ("/" too). */
static bool is_plain(struct sk_str s)
{
    size_t from = 1;

    if (!s.n || s.p[0] != '/')
        return false;
    for (size_t i = 1; s.n > 1 && i <= s.n; i++) {
        size_t n = i - from;

        if (i < s.n && s.p[i] != '/')
            continue;
        if (!n || (n == 1 && s.p[from] == '.') || (n == 2 && !memcmp(s.p + from, "..", 2)))
            return false;
        from = i + 1;
    }
    return true;
}

static const char *last_slash(struct sk_str s)
{
    return s.p && s.n ? memrchr(s.p, '/', s.n) : NULL;
}

/* The directory part of an absolute text, without its '/'; "" is the root. */
static struct sk_str before_slash(struct sk_str s)
{
    return (struct sk_str){s.p, (size_t)(last_slash(s) - s.p)};
}

static struct sk_str root_or(struct sk_str dir)
{
    return dir.n ? dir : SK_STR("/");
}

static void equal(const struct job *j, struct sk_str s)
{
    if (j->part == SK_PART_FILE) {
        if (s.n && !last_slash(s))
            add(j, SK_PE_NAME, s, true, true);
        else
            cannot(j);
        return;
    }
    if (!s.n || s.p[0] != '/') {
        cannot(j);
        return;
    }
    if (!is_plain(s))
        return; /* equal to no path */
    if (j->part == SK_PART_WHOLE) {
        add(j, SK_PE_EXACT, s, true, true);
        return;
    }
    /* The directory of a file; a directory itself. */
    add(j, SK_PE_CHILD, s, true, true);
    add(j, SK_PE_EXACT, s, true, false);
}

/* What is below the directory in which the text ends; what it says of the rest is not tested. */
static void in_directory(const struct job *j, struct sk_str s)
{
    struct sk_str dir = last_slash(s) ? before_slash(s) : SK_STR("");

    if (!s.n || s.p[0] != '/' || !dir.n)
        cannot(j); /* it would be about everything below the root */
    else if (is_plain(dir))
        add(j, SK_PE_MAYBE, dir, true, false);
}

static void begins(const struct job *j, struct sk_str s)
{
    struct sk_str dir = {s.p, s.n ? s.n - 1 : 0};

    if (j->part == SK_PART_FILE || !s.n || s.p[0] != '/') {
        cannot(j);
        return;
    }
    if (s.p[s.n - 1] != '/') {
        in_directory(j, s);
        return;
    }
    if (dir.n == 1 || (dir.n && !is_plain(dir)))
        return; /* no path begins so */
    add(j, SK_PE_BELOW, root_or(dir), true, j->part == SK_PART_WHOLE);
    if (!dir.n) /* "/" begins with itself */
        add(j, SK_PE_EXACT, SK_STR("/"), true, j->part == SK_PART_WHOLE);
}

static void ends(const struct job *j, struct sk_str s)
{
    const char *slash = last_slash(s), *dot = s.p && s.n ? memrchr(s.p, '.', s.n) : NULL;
    struct sk_str name = slash ? (struct sk_str){slash + 1, (size_t)(s.p + s.n - slash) - 1} : s;

    if (j->part == SK_PART_DIR || (j->part == SK_PART_FILE && slash) || !name.n) {
        cannot(j);
    } else if (slash) {
        add(j, SK_PE_NAME, name, true, slash == s.p);
    } else if (dot && !memchr(s.p, ':', s.n)) {
        name = (struct sk_str){dot, (size_t)(s.p + s.n - dot)};
        add(j, SK_PE_EXT, name, true, dot == s.p);
    } else {
        cannot(j);
    }
}

static size_t literal_length(struct sk_str s, const char *special)
{
    size_t n = 0;

    while (n < s.n && (!s.p[n] || !strchr(special, s.p[n])))
        n++;
    return n;
}

/* '*' of a shell pattern also stands for '/'. */
static void shell_pattern(const struct job *j, struct sk_str s)
{
    size_t n = literal_length(s, "*?[\\");
    struct sk_str head = {s.p, n};

    if (j->part != SK_PART_WHOLE)
        cannot(j);
    else if (n == s.n)
        equal(j, s);
    else if (n > 1 && n + 1 == s.n && s.p[n - 1] == '/' && is_plain((struct sk_str){s.p, n - 1}))
        add(j, SK_PE_BELOW, (struct sk_str){s.p, n - 1}, true, false);
    else
        in_directory(j, head);
}

/* Slashes count for nothing here but to separate; components may be patterns. */
static void prefix(const struct job *j, struct sk_str s)
{
    char *path = sk_arena_alloc(j->c->tmp, s.n + 2);
    size_t n = 0;
    bool pattern = false;

    if (j->part == SK_PART_FILE || !path) {
        cannot(j);
        return;
    }
    for (size_t i = 0; i < s.n && !pattern;) {
        size_t from = i;

        while (i < s.n && s.p[i] != '/')
            i++;
        pattern = literal_length((struct sk_str){s.p + from, i - from}, "*?[") < i - from;
        if (i > from && !pattern) {
            path[n++] = '/';
            memcpy(path + n, s.p + from, i - from);
            n += i - from;
        }
        i++;
    }
    struct sk_str dir = {path, n};
    if (!n || memchr(path, ':', n)) {
        cannot(j); /* everything, or the name of a socket */
    } else if (!is_plain(dir)) {
        return;
    } else if (pattern) {
        add(j, SK_PE_MAYBE, dir, true, false);
    } else {
        add(j, SK_PE_EXACT, dir, true, j->part == SK_PART_WHOLE);
        add(j, SK_PE_BELOW, dir, true, true);
    }
}

static void one_path(const struct job *j, enum sk_op op, struct sk_str s)
{
    switch (op) {
    case SK_OP_EQ:
    case SK_OP_NE:
    case SK_OP_IN:
        equal(j, s);
        break;
    case SK_OP_STARTSWITH:
        begins(j, s);
        break;
    case SK_OP_ENDSWITH:
        ends(j, s);
        break;
    case SK_OP_GLOB:
        shell_pattern(j, s);
        break;
    case SK_OP_PMATCH:
        prefix(j, s);
        break;
    default:
        cannot(j);
    }
}

/* Names of threads have at most 15 bytes; a longer one is equal to none. */
static void one_comm(const struct job *j, enum sk_op op, struct sk_str s)
{
    if ((op != SK_OP_EQ && op != SK_OP_NE && op != SK_OP_IN) || !s.n)
        cannot(j);
    else if (s.n < SK_COMM_MAX)
        add(j, SK_PE_COMM, s, true, true);
}

void sk_low_text(struct sk_pfc *c, const struct sk_pred *pred, enum sk_pf_word word,
                 enum sk_path_part part, struct sk_low *out)
{
    struct job j = {c, out, part};

    *out = (struct sk_low){
        .is_set = true, .guard = SK_PT_NONE, .flip = pred->op == SK_OP_NE, .kind = {.word = word}};
    for (size_t i = 0; i < pred->n; i++) {
        if (word == SK_PF_COMM)
            one_comm(&j, pred->op, pred->rhs[i].s);
        else
            one_path(&j, pred->op, pred->rhs[i].s);
    }
    if (part == SK_PART_WHOLE || word != SK_PF_PATH)
        return;
    /* Only files have a directory and a name of their own. */
    struct sk_pe_list files = {0};
    sk_pe_add(c, &files, &(struct sk_pe){.kind = SK_PE_NUM, .num = SK_FD_FILE});
    out->guard = sk_pt_set(c, (struct sk_pt_kind){SK_PF_NUM, SK_PF_F_FDTYPE, 0, SK_PF_IN}, &files);
    if (out->guard == SK_PT_NONE)
        out->low.n = 0;
}

void sk_low_path_arg(struct sk_pfc *c, const struct sk_pred *pred, unsigned role,
                     struct sk_low *out)
{
    (void)pred;
    (void)role;
    sk_low_unknown(c, out, "paths that a call was given are not tested");
}

/* The address with zeros behind the prefix. */
static bool masked(struct sk_pfc *c, const struct sk_const *k, unsigned prefix, struct sk_pe *e)
{
    char *p = sk_arena_alloc(c->tmp, k->s.n);

    if (!p) {
        c->failed = true;
        return false;
    }
    memcpy(p, k->s.p, prefix / 8);
    if (prefix % 8)
        p[prefix / 8] = (char)(k->s.p[prefix / 8] & 0xff00 >> prefix % 8);
    *e = (struct sk_pe){.kind = SK_PE_NET, .prefix = (uint8_t)prefix, .text = {p, k->s.n}};
    return true;
}

void sk_low_address(struct sk_pfc *c, const struct sk_pred *pred, unsigned what, struct sk_low *out)
{
    bool net = pred->type == SK_T_IPNET || pred->type == SK_T_IPV4NET || pred->type == SK_T_IPV6NET;
    unsigned ends = what == SK_PT_ROLE ? SK_PT_EITHER : what;
    struct sk_pe e;

    if (pred->op != SK_OP_EQ && pred->op != SK_OP_NE && pred->op != SK_OP_IN) {
        sk_low_unknown(c, out, "the kernel side cannot make this comparison");
        return;
    }
    *out = (struct sk_low){.is_set = true,
                           .guard = SK_PT_NONE,
                           .flip = pred->op == SK_OP_NE,
                           .kind = {.word = SK_PF_NET, .fact = (uint8_t)ends}};
    for (size_t i = 0; i < pred->n; i++) {
        const struct sk_const *k = &pred->rhs[i];
        unsigned prefix = net ? k->prefix : (unsigned)k->s.n * 8;

        if ((k->s.n != 4 && k->s.n != 16) || prefix > k->s.n * 8) {
            out->up_any = true;
            continue;
        }
        if (!masked(c, k, prefix, &e))
            continue;
        sk_pe_add(c, &out->up, &e);
        if (what != SK_PT_ROLE)
            sk_pe_add(c, &out->low, &e);
    }
}
