/* SPDX-License-Identifier: Apache-2.0 */
/* making.h - records as Saker's driver writes them. */
#pragma once
#include <sys/socket.h>

#include "event/event.h"
#include "tests/unit/test.h"

#define OPENAT_X  307u
#define OPEN_X    3u
#define CREAT_X   59u
#define CONNECT_X 23u
#define READ_X    7u
#define UNLINK_X  301u

/* One event in the making: parameters by index, extensions. */
struct made {
    unsigned code;
    uint64_t num[SK_EVENT_MAX_PARAMS];
    struct sk_str text[SK_EVENT_MAX_PARAMS];
    bool foreign; /* no extensions */
    bool has_file, has_sock;
    struct sk_x_task task;
    struct sk_x_file file;
    struct sk_x_sock sock;
    const char *path;
    const char *exepath;      /* NULL: no process is known */
    bool memfd;               /* its executable is a file in memory */
    const char *container_id; /* "" on the host */
};

static inline struct made made_new(unsigned code)
{
    struct made m = {.code = code, .path = "", .exepath = "/usr/bin/prog", .container_id = ""};

    m.task = (struct sk_x_task){.tag = SK_X_TASK, .pid = 100, .vpid = 100, .vtid = 100, .ppid = 1};
    memcpy(m.task.comm, "prog", 5);
    m.file = (struct sk_x_file){.tag = SK_X_FILE, .type = SK_FD_FILE, .fd = 3};
    m.sock = (struct sk_x_sock){.tag = SK_X_SOCK,
                                .type = SK_FD_IPV4_SOCK,
                                .family = AF_INET,
                                .l4proto = SK_L4_TCP,
                                .fd = 3};
    for (unsigned i = 0; i < SK_EVENT_MAX_PARAMS; i++)
        m.text[i] = SK_STR("");
    return m;
}

static inline void made_num(struct made *m, const char *param, uint64_t v)
{
    int i = sk_event_param_index(&sk_events[m->code], param);

    assert_true(i >= 0);
    m->num[i] = v;
}

/* A file was opened: descriptor 3, that path. */
static inline struct made made_open(const char *path)
{
    struct made m = made_new(OPENAT_X);

    made_num(&m, "fd", 3);
    made_num(&m, "flags", 1);
    m.has_file = true;
    m.path = path;
    return m;
}

static inline void made_comm(struct made *m, const char *comm)
{
    memset(m->task.comm, 0, sizeof(m->task.comm));
    memcpy(m->task.comm, comm, strnlen(comm, SK_COMM_MAX - 1));
}

static inline void put_extension(struct sk_event_writer *w, const void *x, size_t n,
                                 const char *path)
{
    uint8_t all[SK_PATH_MAX + 128];
    size_t len = path ? strlen(path) + 1 : 0;

    assert_true(n + len <= sizeof(all));
    memcpy(all, x, n);
    if (len)
        memcpy(all + n, path, len);
    sk_event_write_param(w, all, n + len);
}

static inline void made_record(const struct made *m, struct sk_buf *out)
{
    static struct sk_event_writer w;
    const struct sk_event_info *info = &sk_events[m->code];

    sk_buf_reset(out);
    sk_event_write_begin(&w, out);
    for (unsigned i = 0; i < info->nparams; i++) {
        unsigned size = sk_type_size(info->param[i].type);

        if (size)
            sk_event_write_int(&w, m->num[i], size > 8 ? 8 : size);
        else if (info->param[i].text)
            sk_event_write_text(&w, m->text[i]);
        else
            sk_event_write_param(&w, m->text[i].p, m->text[i].n);
    }
    if (!m->foreign)
        put_extension(&w, &m->task, sizeof(m->task), NULL);
    if (m->has_file && !m->foreign)
        put_extension(&w, &m->file, sizeof(m->file), m->path);
    if (m->has_sock && !m->foreign)
        put_extension(&w, &m->sock, sizeof(m->sock), m->path);
    assert_int_equal(sk_event_write_end(&w, (uint16_t)m->code, 1000000000, m->task.vtid), 0);
}
