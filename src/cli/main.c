/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the program. */
#include "cli/app.h"

int main(int argc, char **argv)
{
    return sk_app_main(argc, argv);
}
