/* SPDX-License-Identifier: Apache-2.0 */
/* regex.cc - no exception leaves this file. */
#include "rule/regex.h"

#include <cstdio>
#include <exception>
#include <new>

#include <re2/re2.h>

struct sk_regex {
    re2::RE2 re;

    sk_regex(re2::StringPiece pattern, const re2::RE2::Options &opt) : re(pattern, opt)
    {
    }
};

extern "C" struct sk_regex *sk_regex_new(const char *pattern, size_t n, char *err, size_t err_size)
{
    try {
        re2::RE2::Options opt(re2::RE2::POSIX);
        sk_regex *rx;

        opt.set_log_errors(false);
        rx = new sk_regex(re2::StringPiece(pattern, n), opt);
        if (rx->re.ok())
            return rx;
        snprintf(err, err_size, "%s", rx->re.error().c_str());
        delete rx;
    } catch (const std::exception &) {
        snprintf(err, err_size, "out of memory");
    }
    return nullptr;
}

extern "C" void sk_regex_free(struct sk_regex *rx)
{
    delete rx;
}

extern "C" bool sk_regex_match(const struct sk_regex *rx, const char *text, size_t n)
{
    try {
        return re2::RE2::FullMatch(re2::StringPiece(text, n), rx->re);
    } catch (const std::exception &) {
        return false;
    }
}
