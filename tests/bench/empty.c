/* SPDX-License-Identifier: Apache-2.0 */
/* empty.c - attaches empty.bpf.o, says "ready", and stays until its standard input ends. */
#include <bpf/libbpf.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct bpf_object *obj = argc == 2 ? bpf_object__open(argv[1]) : NULL;
    struct bpf_program *prog;
    struct bpf_link *link;

    if (!obj || bpf_object__load(obj))
        return 1;
    prog = bpf_object__find_program_by_name(obj, "bench_empty");
    link = prog ? bpf_program__attach(prog) : NULL;
    if (!link)
        return 1;
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    bpf_link__destroy(link);
    bpf_object__close(obj);
    return 0;
}
