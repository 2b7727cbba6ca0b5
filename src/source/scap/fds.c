/* SPDX-License-Identifier: Apache-2.0 */
/* fds.c - one descriptor of a capture's descriptor list. */
#include "source/scap/lists.h"

static void read_ipv4(struct sk_scap_cursor *c, bool server, struct sk_fd_info *fi)
{
    sk_scap_get(c, fi->sip, 4);
    if (!server)
        sk_scap_get(c, fi->dip, 4);
    fi->sport = sk_scap_u16(c);
    if (!server)
        fi->dport = sk_scap_u16(c);
    fi->l4proto = sk_scap_u8(c);
}

static void read_ipv6(struct sk_scap_cursor *c, bool server, struct sk_fd_info *fi)
{
    sk_scap_get(c, fi->sip, 16);
    if (!server)
        sk_scap_get(c, fi->dip, 16);
    fi->sport = sk_scap_u16(c);
    if (!server)
        fi->dport = sk_scap_u16(c);
    fi->l4proto = sk_scap_u8(c);
}

/* By type. A type that is newer than this list has a length in front, which skips what it holds. */
static void read_by_type(struct sk_scap_cursor *c, struct sk_scap_scratch *s, uint32_t len,
                         struct sk_fd_info *fi)
{
    switch (fi->type) {
    case SK_FD_UNKNOWN:
        break;
    case SK_FD_IPV4_SOCK:
    case SK_FD_IPV4_SERVSOCK:
        read_ipv4(c, fi->type == SK_FD_IPV4_SERVSOCK, fi);
        break;
    case SK_FD_IPV6_SOCK:
    case SK_FD_IPV6_SERVSOCK:
        read_ipv6(c, fi->type == SK_FD_IPV6_SERVSOCK, fi);
        break;
    case SK_FD_UNIX:
        fi->unix_src = sk_scap_u64(c);
        fi->unix_dst = sk_scap_u64(c);
        fi->name = sk_scap_text(c, SK_SCAP_PATH_MAX);
        break;
    case SK_FD_FILE:
        fi->open_flags = sk_scap_u32(c);
        fi->name = sk_scap_text(c, SK_SCAP_PATH_MAX);
        if (len && !c->bad && c->n - c->at >= 4)
            fi->dev = sk_scap_u32(c);
        break;
    default:
        if (fi->type > SK_FD_PIDFD) {
            snprintf(s->name, sizeof(s->name), "unknown-type:[%d]", (int)fi->type);
            fi->name = sk_str(s->name);
            fi->type = SK_FD_UNSUPPORTED;
            break;
        }
        fi->name = sk_scap_text(c, SK_SCAP_PATH_MAX);
    }
}

bool sk_scap_read_fd(struct sk_scap_cursor *c, unsigned version, struct sk_scap_scratch *s,
                     struct sk_fd_info *out, uint64_t *out_size)
{
    struct sk_fd_info fi = {.name = SK_STR("")};
    uint32_t len = version >= 2 ? sk_scap_entry_begin(c) : 0;

    fi.num = (int64_t)sk_scap_u64(c);
    fi.ino = sk_scap_u64(c);
    fi.type = sk_scap_u8(c);
    read_by_type(c, s, len, &fi);
    *out = fi;
    return sk_scap_entry_end(c, len, out_size);
}
