/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - the sources that this build has. Adding one: its file, and one line here. */
#include "source/source.h"

#include "source/ebpf/ebpf.h"
#include "source/scap/scap.h"
#include "source/synth.h"

const struct sk_source_ops *const sk_sources[] = {
    &sk_source_ebpf,
    &sk_source_scap,
    &sk_source_synth,
    NULL,
};

const struct sk_source_ops *sk_source_find(const char *name)
{
    for (size_t i = 0; sk_sources[i]; i++)
        if (strcmp(sk_sources[i]->name, name) == 0)
            return sk_sources[i];
    return NULL;
}
