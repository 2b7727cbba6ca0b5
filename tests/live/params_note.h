/* SPDX-License-Identifier: Apache-2.0 */
/* params_note.h - the memory that the child of a case and the parent share: what is expected. */
#pragma once
#include "tests/live/params.h"

enum note_kind {
    NOTE_EVENT, /* opens a list: text is the name, a the thread */
    NOTE_INT,
    NOTE_NOT,
    NOTE_TEXT,
    NOTE_NULL,
    NOTE_BYTES,
    NOTE_SHOWN,
    NOTE_HAS,
    NOTE_FILE, /* a: fd, b: type, c: inode, d: device; text: path */
    NOTE_FILE_FLAGS,
    NOTE_NO_FILE,
    NOTE_DIR, /* a: role, text: path */
    NOTE_NO_DIR,
    NOTE_SOCK, /* a: fd, text: struct note_sock */
    NOTE_TASK, /* a: enum task_value, b */
    NOTE_COMM,
    NOTE_EXEC, /* param: which member, a */
};

struct note_sock {
    struct sock_want want;
    uint8_t local[16], remote[16];
    char path[112];
};

#define NOTES_MAX 256
struct note {
    enum note_kind kind;
    char param[24];
    long long a, b, c, d;
    uint32_t at, n; /* bytes in text */
};

struct notes {
    volatile int ready, go;
    int skipped, broken;
    uint32_t n, used;
    struct note note[NOTES_MAX];
    char why[128];
    char text[256 << 10];
};
extern struct notes *notes;

/* One event, decoded from bytes of its own. */
struct sk_event;
/* Checks one note against ev; false: says on stderr what is different. */
bool note_holds(const struct note *n, const struct sk_event *ev);
