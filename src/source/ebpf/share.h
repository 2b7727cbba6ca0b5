/* SPDX-License-Identifier: Apache-2.0 */
/* share.h - the numbers that the kernel side needs to share rings fairly (abi/fair.h). */
#pragma once
#include "source/ebpf/rings.h"

/* Writes the entries of the map sk_fair: bulk rings by number, then the critical one. -errno. */
SK_MUST int sk_share_put(int map_fd, const struct sk_rings *rs);
