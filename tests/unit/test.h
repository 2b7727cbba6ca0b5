/* SPDX-License-Identifier: Apache-2.0 */
/* test.h - cmocka with the headers that it wants in front. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
