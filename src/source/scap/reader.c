/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - framing of blocks and the lists of a capture; see reader.h. */
#include "source/scap/reader.h"

#include <errno.h>
#include <inttypes.h>

#include "source/scap/bytes.h"
#include "source/scap/lists.h"
#include "state/walk.h"

struct block_info {
    uint32_t id;
    const char *name;
    enum sk_scap_kind kind;
    unsigned version;
};

static const struct block_info blocks[] = {
#define SCAP_BLOCK(id, name, kind, version) {(id), #name, SK_SCAP_##kind, (version)},
#include "scap_blocks.def"
};
static const struct block_info unknown_block = {0, "block", SK_SCAP_UNKNOWN, 0};

struct sk_scap_reader {
    struct sk_scap_bytes *bytes;
    char *path;
    struct sk_state *st;
    bool in_events;
    uint64_t events, bad_lists;
    uint64_t begin; /* where the block began */
    const struct block_info *block;
    uint32_t len;         /* of the whole block */
    uint32_t quick_id;    /* blocks that sk_scap_reader_event() reads: those like the last */
    uint32_t quick_bytes; /* the longest of them; 0: none */
    struct sk_buf buffer; /* of old events */
    struct sk_scap_scratch scratch;
    char why[1024];
};

static const struct block_info *find_block(uint32_t id)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(blocks); i++)
        if (blocks[i].id == id)
            return &blocks[i];
    return &unknown_block;
}

static bool is_event(enum sk_scap_kind kind)
{
    return kind >= SK_SCAP_EVENT;
}

static bool is_large(enum sk_scap_kind kind)
{
    return kind == SK_SCAP_EVENT_LARGE || kind == SK_SCAP_EVENT_FLAGS_LARGE;
}

static int bad(struct sk_scap_reader *r, int err, const char *what)
{
    snprintf(r->why, sizeof(r->why),
             "the capture file '%s' is damaged at byte %" PRIu64 " of its content, behind %" PRIu64
             " events: %s",
             r->path, r->begin, r->events, what);
    return err;
}

static int truncated(struct sk_scap_reader *r)
{
    const char *why = sk_scap_bytes_why(r->bytes);

    snprintf(r->why, sizeof(r->why),
             "the capture file '%s' ends in the middle of a block that begins at byte %" PRIu64
             " of its content; %" PRIu64 " events before it are whole%s%s",
             r->path, r->begin, r->events, *why ? ": " : "", why);
    return -EBADMSG;
}

/* All n bytes, or an error that says why not. */
static int need(struct sk_scap_reader *r, size_t n, const uint8_t **out)
{
    int64_t got = sk_scap_bytes_peek(r->bytes, n, out);

    if (got == -ENOMEM)
        return bad(r, -ENOMEM, "no memory for a block");
    if (got < 0)
        return bad(r, (int)got, sk_scap_bytes_why(r->bytes));
    return (size_t)got < n ? truncated(r) : 0;
}

static int skip(struct sk_scap_reader *r, uint64_t n)
{
    int err = sk_scap_bytes_skip(r->bytes, n);

    if (err == -ENODATA)
        return truncated(r);
    return err ? bad(r, err, sk_scap_bytes_why(r->bytes)) : 0;
}

/* Looks at the next block's header; it stays in the window. -ENODATA: the end. */
static int look(struct sk_scap_reader *r)
{
    const uint8_t *p = NULL;
    struct sk_scap_cursor c;
    uint32_t id;
    int64_t got;
    int err;

    r->begin = sk_scap_bytes_offset(r->bytes);
    got = sk_scap_bytes_peek(r->bytes, SK_SCAP_HEADER_BYTES, &p);
    if (got == 0 && !*sk_scap_bytes_why(r->bytes))
        return -ENODATA;
    err = need(r, SK_SCAP_HEADER_BYTES, &p);
    if (err)
        return err;
    c = (struct sk_scap_cursor){.p = p, .n = SK_SCAP_HEADER_BYTES};
    id = sk_scap_u32(&c);
    if (id != r->block->id) /* nearly all blocks are events of one kind */
        r->block = find_block(id);
    r->len = sk_scap_u32(&c);
    if (r->len < SK_SCAP_HEADER_BYTES + SK_SCAP_TRAILER_BYTES)
        return bad(r, -EBADMSG, "a block is shorter than its header");
    return 0;
}

static uint32_t body_bytes(const struct sk_scap_reader *r)
{
    return r->len - SK_SCAP_HEADER_BYTES - SK_SCAP_TRAILER_BYTES;
}

/* Skips what is left of a block's body and checks the length behind it. */
static int end_block(struct sk_scap_reader *r, uint64_t left)
{
    struct sk_scap_cursor c = {.n = SK_SCAP_TRAILER_BYTES};
    int err = skip(r, left);

    if (!err)
        err = need(r, SK_SCAP_TRAILER_BYTES, &c.p);
    if (err)
        return err;
    if (sk_scap_u32(&c) != r->len)
        return bad(r, -EBADMSG, "the two lengths of a block differ");
    sk_scap_bytes_take(r->bytes, SK_SCAP_TRAILER_BYTES);
    return 0;
}

static int read_section(struct sk_scap_reader *r)
{
    struct sk_scap_cursor c = {.n = SK_SCAP_SECTION_BYTES};
    char text[96];
    uint32_t magic;
    uint16_t major, minor;
    int err;

    if (body_bytes(r) < SK_SCAP_SECTION_BYTES)
        return bad(r, -EBADMSG, "its header is too short");
    err = need(r, SK_SCAP_SECTION_BYTES, &c.p);
    if (err)
        return err;
    magic = sk_scap_u32(&c);
    major = sk_scap_u16(&c);
    minor = sk_scap_u16(&c);
    if (magic == SK_SCAP_MAGIC_SWAPPED)
        return bad(r, -ENOTSUP, "it was written on a machine with the other byte order");
    if (magic != SK_SCAP_MAGIC)
        return bad(r, -EBADMSG, "its header has a wrong magic number");
    if (major > SK_SCAP_MAJOR) {
        snprintf(text, sizeof(text), "incompatible file version %u.%u, the newest known is %u.%u",
                 major, minor, SK_SCAP_MAJOR, SK_SCAP_MINOR);
        return bad(r, -ENOTSUP, text);
    }
    sk_scap_bytes_take(r->bytes, SK_SCAP_SECTION_BYTES);
    return end_block(r, body_bytes(r) - SK_SCAP_SECTION_BYTES);
}

/* Reads one entry into the state; false: damaged.  A state that is full has counted it. */
static bool read_entry(struct sk_scap_reader *r, struct sk_scap_cursor *c, uint32_t tid,
                       uint64_t *out_size)
{
    unsigned version = r->block->version;
    struct sk_task_info ti;
    struct sk_fd_info fi;
    struct sk_iface ifc;
    struct sk_scap_user u;
    bool ok;
    int err = 0;

    switch (r->block->kind) {
    case SK_SCAP_TASKS:
        ok = sk_scap_read_task(c, version, &r->scratch, &ti, out_size);
        if (ok && r->st && ti.tid && ti.pid)
            err = sk_state_add(r->st, &ti);
        break;
    case SK_SCAP_TASKS_MORE:
        ok = sk_scap_read_task_more(c, &ti, out_size);
        if (ok && r->st)
            sk_state_add_more(r->st, &ti);
        break;
    case SK_SCAP_FDS:
        ok = sk_scap_read_fd(c, version, &r->scratch, &fi, out_size);
        if (ok && r->st)
            err = sk_state_add_fd(r->st, tid, &fi);
        break;
    case SK_SCAP_IFACES:
        ok = sk_scap_read_iface(c, version, &ifc, out_size);
        if (ok && r->st)
            err = sk_state_add_iface(r->st, &ifc);
        break;
    default:
        ok = sk_scap_read_user(c, version, &u, out_size);
        if (ok && r->st)
            err = u.is_group ? sk_state_add_group(r->st, &u.group)
                             : sk_state_add_user(r->st, &u.user);
    }
    (void)err;
    return ok;
}

/* The text for a list that is damaged. */
static int bad_list(struct sk_scap_reader *r, uint64_t left)
{
    char text[96];

    /* Upstream once wrote lists of addresses that it could not read; one can do without them. */
    if (r->block->kind == SK_SCAP_IFACES) {
        r->bad_lists++;
        return end_block(r, left);
    }
    snprintf(text, sizeof(text), "an entry of the list %s makes no sense", r->block->name);
    return bad(r, -EBADMSG, text);
}

static int read_list(struct sk_scap_reader *r)
{
    uint64_t left = body_bytes(r), size = 0;
    struct sk_scap_cursor c = {0};
    uint32_t tid = 0;

    if (r->block->kind == SK_SCAP_FDS) {
        int err =
            left < 8 ? bad(r, -EBADMSG, "a list of descriptors is too short") : need(r, 8, &c.p);

        if (err)
            return err;
        c.n = 8;
        tid = (uint32_t)sk_scap_u64(&c);
        sk_scap_bytes_take(r->bytes, 8);
        left -= 8;
    }
    while (left >= 4) { /* less is padding */
        int err;

        c = (struct sk_scap_cursor){.n = (size_t)SK_MIN(left, (uint64_t)SK_SCAP_ENTRY_BYTES)};
        err = need(r, c.n, &c.p);
        if (err)
            return err;
        if (!read_entry(r, &c, tid, &size) || size > left)
            return bad_list(r, left);
        err = skip(r, size);
        if (err)
            return err;
        left -= size;
    }
    return end_block(r, left);
}

/* The event in the block at p, which is in the window as a whole. */
static int take_event(struct sk_scap_reader *r, const uint8_t *p, struct sk_scap_record *out)
{
    enum sk_scap_kind kind = r->block->kind;
    bool flags = kind == SK_SCAP_EVENT_FLAGS || kind == SK_SCAP_EVENT_FLAGS_LARGE;
    int err;

    r->events++;
    err = sk_scap_read_event(p + SK_SCAP_HEADER_BYTES, body_bytes(r), r->block->version, flags,
                             &r->buffer, out);
    sk_scap_bytes_take(r->bytes, r->len);
    return !err ? SK_SCAP_STEP_EVENT : err == -ENOENT ? SK_SCAP_STEP_NEWER : SK_SCAP_STEP_BAD;
}

static int read_event(struct sk_scap_reader *r, struct sk_scap_record *out)
{
    const uint8_t *p;
    int err;

    if (!is_large(r->block->kind) && r->len - SK_SCAP_HEADER_BYTES > SK_SCAP_EVENT_BYTES)
        return bad(r, -EBADMSG, "an event is longer than an ordinary one may be");
    if (r->len > SK_SCAP_LARGE_BYTES) {
        err = skip(r, r->len);
        r->events++;
        return err ? err : SK_SCAP_STEP_BAD;
    }
    err = need(r, r->len, &p);
    return err ? err : take_event(r, p, out);
}

/* Are blocks like this one read by sk_scap_reader_event() from now on? */
static void learn(struct sk_scap_reader *r)
{
    bool ordinary = r->block->kind == SK_SCAP_EVENT && r->block->version == 2;

    r->quick_id = r->block->id;
    r->quick_bytes = ordinary ? SK_SCAP_EVENT_BYTES : 0;
}

bool sk_scap_reader_event(struct sk_scap_reader *r, struct sk_event *out)
{
    struct {
        uint32_t id, len;
        uint16_t cpu;
    } __attribute__((packed)) head;
    size_t n;
    const uint8_t *p = sk_scap_bytes_have(r->bytes, &n);

    if (n < sizeof(head) + SK_SCAP_TRAILER_BYTES)
        return false;
    memcpy(&head, p, sizeof(head));
    n = SK_MIN(n, (size_t)r->quick_bytes);
    head.len = le32toh(head.len);
    if (le32toh(head.id) != r->quick_id || head.len > n ||
        head.len < sizeof(head) + SK_SCAP_TRAILER_BYTES ||
        !sk_event_cut(p + sizeof(head), head.len - sizeof(head) - SK_SCAP_TRAILER_BYTES,
                      le16toh(head.cpu), out))
        return false;
    r->events++;
    sk_scap_bytes_take(r->bytes, head.len);
    return true;
}

/* A list or a section behind events. */
static void restart(struct sk_scap_reader *r)
{
    r->in_events = false;
    r->quick_bytes = 0;
    if (r->st)
        sk_state_reset(r->st);
}

static int read_other(struct sk_scap_reader *r)
{
    bool again = r->in_events && r->block->kind != SK_SCAP_UNKNOWN;
    int err;

    if (again)
        restart(r);
    sk_scap_bytes_take(r->bytes, SK_SCAP_HEADER_BYTES);
    if (r->block->kind == SK_SCAP_SECTION)
        err = read_section(r);
    else if (r->block->kind >= SK_SCAP_TASKS)
        err = read_list(r);
    else
        err = end_block(r, body_bytes(r));
    return err ? err : again ? SK_SCAP_STEP_RESTART : SK_SCAP_STEP_LIST;
}

int sk_scap_reader_step(struct sk_scap_reader *r, struct sk_scap_record *out)
{
    int err = look(r);

    if (err)
        return err;
    if (!is_event(r->block->kind))
        return read_other(r);
    learn(r);
    if (r->in_events)
        return read_event(r, out);
    r->in_events = true;
    if (r->st)
        sk_state_link(r->st);
    return SK_SCAP_STEP_AT_EVENT;
}

static int first_section(struct sk_scap_reader *r, struct sk_diag *dg)
{
    int err = look(r);

    if (err == -ENODATA)
        return sk_err(dg, err, NULL, "the capture file '%s' is empty", r->path);
    if (err || r->block->kind != SK_SCAP_SECTION)
        return sk_err(dg, -EBADMSG, NULL, "the file '%s' is not a capture (.scap)", r->path);
    sk_scap_bytes_take(r->bytes, SK_SCAP_HEADER_BYTES);
    err = read_section(r);
    return err ? sk_err(dg, err, NULL, "%s", r->why) : 0;
}

int sk_scap_reader_open(const char *path, struct sk_scap_reader **out, struct sk_diag *dg)
{
    struct sk_scap_reader *r = calloc(1, sizeof(*r));
    int err;

    if (!r)
        return -ENOMEM;
    r->buffer = SK_BUF(SK_SCAP_LARGE_BYTES + SK_SCAP_EVENT_BYTES);
    r->block = &unknown_block;
    r->path = strdup(path);
    err = r->path ? sk_scap_bytes_open(path, &r->bytes, dg) : -ENOMEM;
    if (!err)
        err = first_section(r, dg);
    if (err) {
        sk_scap_reader_free(r);
        return err;
    }
    *out = r;
    return 0;
}

void sk_scap_reader_free(struct sk_scap_reader *r)
{
    if (!r)
        return;
    sk_scap_bytes_free(r->bytes);
    sk_buf_done(&r->buffer);
    free(r->path);
    free(r);
}

void sk_scap_reader_set_state(struct sk_scap_reader *r, struct sk_state *st)
{
    r->st = st;
}

const char *sk_scap_reader_why(const struct sk_scap_reader *r)
{
    return r->why;
}

uint64_t sk_scap_reader_events(const struct sk_scap_reader *r)
{
    return r->events;
}

uint64_t sk_scap_reader_skipped_lists(const struct sk_scap_reader *r)
{
    return r->bad_lists;
}
