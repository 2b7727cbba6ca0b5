/* SPDX-License-Identifier: Apache-2.0 */
/* services.c - a map from (port, protocol) to a name that points into the file's text. */
#include "field/services.h"

#include <errno.h>

#include "base/map.h"

#define SERVICES_FILE_MAX (4u << 20)
#define SERVICES_MAX      65536

struct sk_services {
    char *text;
    struct sk_map *names;
};

static uint64_t key_of(uint64_t port, bool udp)
{
    return port << 1 | (udp ? 1u : 0u);
}

/* The next word of a line, which it cuts off `line`; {NULL, 0}: none left. */
static struct sk_str next_word(struct sk_str *line)
{
    struct sk_str w;

    *line = sk_str_trim(*line);
    w = (struct sk_str){line->p, 0};
    while (w.n < line->n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
        w.n++;
    line->p += w.n;
    line->n -= w.n;
    return w.n ? w : (struct sk_str){NULL, 0};
}

/* "http 80/tcp www # comment": the name is terminated in place, so that the map can keep it. */
static int add_line(struct sk_services *sv, char *p, size_t n)
{
    char *hash = memchr(p, '#', n);
    struct sk_str line = {p, hash ? (size_t)(hash - p) : n};
    struct sk_str name = next_word(&line), port = next_word(&line), proto;
    const char *slash = port.n ? memchr(port.p, '/', port.n) : NULL;
    uint64_t num;
    bool udp;

    if (!slash || sk_parse_u64(port.p, (size_t)(slash - port.p), &num) || num > UINT16_MAX)
        return 0;
    proto = (struct sk_str){slash + 1, port.n - (size_t)(slash + 1 - port.p)};
    udp = sk_str_eqz(proto, "udp");
    if (!udp && !sk_str_eqz(proto, "tcp"))
        return 0;
    p[name.p + name.n - p] = '\0';
    if (sk_map_get_u64(sv->names, key_of(num, udp)))
        return 0; /* the first line wins, as in getservbyport() */
    return sk_map_put_u64(sv->names, key_of(num, udp), (void *)name.p);
}

int sk_services_read(const char *path, struct sk_services **out)
{
    sk_auto(services) struct sk_services *sv = calloc(1, sizeof(*sv));
    size_t n = 0, at = 0;
    int r;

    if (!sv)
        return -ENOMEM;
    r = sk_read_file(path, SERVICES_FILE_MAX, &sv->text, &n);
    if (r < 0)
        return r;
    sv->names = sk_map_new(SERVICES_MAX);
    if (!sv->names)
        return -ENOMEM;
    while (at < n) {
        char *line = sv->text + at;
        char *end = memchr(line, '\n', n - at);
        size_t len = end ? (size_t)(end - line) : n - at;

        r = add_line(sv, line, len);
        if (r < 0)
            return r;
        at += len + 1;
    }
    *out = SK_TAKE(sv);
    return 0;
}

void sk_services_free(struct sk_services *sv)
{
    if (!sv)
        return;
    sk_map_free(sv->names);
    free(sv->text);
    free(sv);
}

void services_freep(struct sk_services **sv)
{
    sk_services_free(*sv);
}

struct sk_str sk_services_name(const struct sk_services *sv, uint16_t port, bool udp)
{
    const char *name = sv ? sk_map_get_u64(sv->names, key_of(port, udp)) : NULL;

    return sk_str(name);
}
