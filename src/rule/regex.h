/* SPDX-License-Identifier: Apache-2.0 */
/* regex.h - the one door to RE2, a C++ library: POSIX syntax, whole match, linear time on any text.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sk_regex;

/* NULL with the reason in err: RE2's words, or "out of memory". Owner: caller. */
struct sk_regex *sk_regex_new(const char *pattern, size_t n, char *err, size_t err_size);
void sk_regex_free(struct sk_regex *rx);
/* `text` is valid UTF-8. Any thread may call. */
bool sk_regex_match(const struct sk_regex *rx, const char *text, size_t n);

#ifdef __cplusplus
}
#endif
