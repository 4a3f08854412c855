/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request guard: one function a rule. */
#include "graphd/guard.h"

#include <string.h>

#include <glib.h>

#include "graphd/config.h"

enum { LENGTH_DIGITS = 15 }; /* more of them is no body that anyone sends */

const char *guard_find(const struct guard_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (g_ascii_strcasecmp(headers[i].name, name) == 0)
            return headers[i].value;
    return NULL;
}

/* The value of a header that may stand once; *out is NULL if it is absent. */
static bool once(const struct guard_request *r, const char *name, const char **out, struct err *e)
{
    *out = NULL;
    for (size_t i = 0; i < r->count; i++) {
        if (g_ascii_strcasecmp(r->headers[i].name, name) != 0)
            continue;
        if (*out)
            return err_set(e, ERR_INPUT, "%s: given twice", name);
        *out = r->headers[i].value;
    }
    return true;
}

static bool is_token(const char *s)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    if (!*s)
        return false;
    for (; *s; s++)
        if (!g_ascii_isalnum(*s) && !strchr(marks, *s))
            return false;
    return true;
}

static bool check_shape(const struct guard_request *r, struct err *e)
{
    size_t bytes = strlen(r->method) + strlen(r->uri) + strlen("  HTTP/1.1\r\n");

    if (r->major != 1)
        return err_set(e, ERR_INPUT, "HTTP/%d.%d is not spoken here", r->major, r->minor);
    if (r->count > GUARD_HEADERS)
        return err_set(e, ERR_HEADERS, "%zu headers, at most %d", r->count, GUARD_HEADERS);
    for (size_t i = 0; i < r->count; i++)
        bytes += strlen(r->headers[i].name) + strlen(r->headers[i].value) + strlen(": \r\n");
    if (bytes > r->limit)
        return err_set(e, ERR_HEADERS, "%zu bytes of headers, at most %zu", bytes, r->limit);
    for (size_t i = 0; i < r->count; i++) {
        if (!is_token(r->headers[i].name))
            return err_set(e, ERR_INPUT, "header \"%.40s\": not a name", r->headers[i].name);
        for (const char *p = r->headers[i].value; *p; p++)
            if ((unsigned char)*p < 0x20 && *p != '\t')
                return err_set(e, ERR_INPUT, "%s: control character", r->headers[i].name);
    }
    return true;
}

static bool check_target(const struct guard_request *r, struct err *e)
{
    if (*r->uri != '/')
        return err_set(e, ERR_INPUT, "request target: want a path, got \"%.80s\"", r->uri);
    for (const char *p = r->uri; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '#')
            return err_set(e, ERR_INPUT, "request target: byte 0x%02x must be percent-encoded",
                           (unsigned char)*p);
    return true;
}

/* Where the body ends: exactly one way to tell, and one that evhttp follows. */
static bool check_framing(const struct guard_request *r, struct err *e)
{
    const char *length, *coding;

    if (!once(r, "Content-Length", &length, e) || !once(r, "Transfer-Encoding", &coding, e))
        return false;
    if (length && (!*length || strspn(length, "0123456789") != strlen(length) ||
                   strlen(length) > LENGTH_DIGITS))
        return err_set(e, ERR_INPUT, "Content-Length: want a number, got \"%.40s\"", length);
    if (coding && g_ascii_strcasecmp(coding, "chunked") != 0)
        return err_set(e, ERR_INPUT, "Transfer-Encoding: only chunked is known, got \"%.40s\"",
                       coding);
    if (coding && r->minor == 0)
        return err_set(e, ERR_INPUT, "Transfer-Encoding: not in HTTP/1.0");
    if (coding && length)
        return err_set(e, ERR_INPUT, "Transfer-Encoding and Content-Length together");
    if ((coding || (length && strspn(length, "0") != strlen(length))) &&
        strcmp(r->method, "POST") != 0 && strcmp(r->method, "PUT") != 0 &&
        strcmp(r->method, "PATCH") != 0)
        return err_set(e, ERR_INPUT, "%s with a body", *r->method ? r->method : "this method");
    return true;
}

/* Whether "name", "name:port" or "[IPv6]:port" at `s` names this machine. */
static bool is_local(const char *s, size_t len)
{
    char host[CONFIG_HOST];
    const char *end = memchr(s, ':', len), *from = s;
    size_t used = end ? (size_t)(end - s) : len;

    if (*s == '[') {
        end = memchr(s, ']', len);
        if (!end)
            return false;
        from = s + 1;
        used = (size_t)(end - from);
    }
    if (used >= sizeof(host))
        return false;
    memcpy(host, from, used);
    host[used] = '\0';
    return config_is_loopback(host);
}

/* As long as whoever reaches the port may do everything, a web page must not be able to reach it:
 * neither by a name of its own that it points at 127.0.0.1, nor by posting across origins. */
static bool check_origin(const struct guard_request *r, struct err *e)
{
    const char *host, *origin;

    if (!once(r, "Host", &host, e) || !once(r, "Origin", &origin, e))
        return false;
    if (!host && r->minor > 0)
        return err_set(e, ERR_INPUT, "Host: missing");
    if (host && !*host)
        return err_set(e, ERR_INPUT, "Host: empty");
    if (host && !is_local(host, strlen(host)))
        return err_set(e, ERR_DENIED, "Host: \"%.80s\" is not a name of this machine", host);
    if (!origin)
        return true;
    const char *at = strstr(origin, "://");
    if (!at || !is_local(at + 3, strlen(at + 3)))
        return err_set(e, ERR_DENIED, "Origin: \"%.80s\" may not call", origin);
    return true;
}

bool guard_check(const struct guard_request *r, struct err *e)
{
    return check_shape(r, e) && check_target(r, e) && check_framing(r, e) && check_origin(r, e);
}
