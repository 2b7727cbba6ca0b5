/* SPDX-License-Identifier: Apache-2.0 */
/* lists.c - one address or one user of a capture's lists. */
#include "source/scap/lists.h"

bool sk_scap_read_iface(struct sk_scap_cursor *c, unsigned version, struct sk_iface *out,
                        uint64_t *out_size)
{
    /* Unlike in the other lists, this length does not count itself. */
    uint32_t len = version >= 2 ? sk_scap_u32(c) : 0;
    unsigned type = sk_scap_u16(c), bytes;
    uint16_t name = sk_scap_u16(c);
    struct sk_iface ifc = {.v6 = type == SK_SCAP_IPV6 || type == SK_SCAP_IPV6_NOSPEED};

    if (type < SK_SCAP_IPV4 || type > SK_SCAP_IPV6_NOSPEED || name >= SK_SCAP_PATH_MAX)
        return false;
    bytes = ifc.v6 ? 16 : 4;
    sk_scap_get(c, ifc.ip, bytes);
    sk_scap_get(c, ifc.mask, bytes);
    sk_scap_get(c, ifc.bcast, bytes);
    if (type <= SK_SCAP_IPV6)
        (void)sk_scap_u64(c); /* speed of the link */
    if (c->bad || name > c->n - c->at || (version >= 2 && c->at + name > (uint64_t)len + 4))
        return false;
    *out = ifc;
    *out_size = version >= 2 ? (uint64_t)len + 4 : c->at + name;
    return true;
}

bool sk_scap_read_user(struct sk_scap_cursor *c, unsigned version, struct sk_scap_user *out,
                       uint64_t *out_size)
{
    uint32_t len = version >= 2 ? sk_scap_entry_begin(c) : 0;
    struct sk_scap_user u = {.is_group = sk_scap_u8(c) != 0};

    if (u.is_group) {
        u.group.gid = sk_scap_u32(c);
        u.group.name = sk_scap_text(c, SK_SCAP_NAME_MAX);
    } else {
        u.user.uid = sk_scap_u32(c);
        u.user.gid = sk_scap_u32(c);
        u.user.name = sk_scap_text(c, SK_SCAP_NAME_MAX);
        u.user.home = sk_scap_text(c, SK_SCAP_NAME_MAX);
        u.user.shell = sk_scap_text(c, SK_SCAP_NAME_MAX);
    }
    *out = u;
    return sk_scap_entry_end(c, len, out_size);
}
