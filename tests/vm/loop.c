/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - what a system call costs: `loop NAME` prints a line with the least of 20 rounds of 1000 calls, in
 * ticks of the CPU's counter.  Under qemu's -icount such a tick is an instruction, of kernel and program. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#define ROUNDS 20
#define CALLS  1000

static double least(long nr, long a, long b, long c)
{
    unsigned long best = ~0ul;

    for (int round = 0; round < ROUNDS; round++) {
        unsigned long t = __rdtsc();

        for (int i = 0; i < CALLS; i++)
            syscall(nr, a, b, c);
        t = __rdtsc() - t;
        best = t < best ? t : best;
    }
    return (double)best / CALLS;
}

int main(int argc, char **argv)
{
    int fd = open("/dev/zero", O_RDONLY);
    char byte;

    printf("cost %s getppid %.1f read %.1f chdir %.1f\n", argc > 1 ? argv[1] : "",
           least(SYS_getppid, 0, 0, 0), least(SYS_read, fd, (long)&byte, 1),
           least(SYS_chdir, (long)"/nothing", 0, 0));
    return 0;
}
