/* SPDX-License-Identifier: Apache-2.0 */
/* banned.h - functions that have a safer neighbour become compile errors. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef SK_ALLOW_BANNED
#pragma GCC poison strcpy strcat strncpy sprintf vsprintf strtok atoi atol atoll gets
#pragma GCC poison gmtime localtime ctime asctime rand srand
#endif
