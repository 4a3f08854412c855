/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cursor is the base64url of a digest and the position.  The digest finds mistakes (a cursor cut
 * short, or used with other parameters); it keeps no secret, for a position is none. */
#include "graphd/cursor.h"

#include <string.h>

#include <glib.h>

enum { DIGEST = 16 }; /* hex digits of it that are kept */

static void digest(const char *scope, const char *position, char out[DIGEST + 1])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    /* with the end of `scope`, so that what follows cannot be taken for a part of it */
    g_checksum_update(sum, (const guchar *)scope, (gssize)strlen(scope) + 1);
    g_checksum_update(sum, (const guchar *)position, -1);
    memcpy(out, g_checksum_get_string(sum), DIGEST);
    out[DIGEST] = '\0';
}

const char *cursor_make(struct arena *a, const char *scope, const char *position)
{
    char sum[DIGEST + 1];

    digest(scope, position, sum);
    const char *plain = arena_printf(a, "%s%s", sum, position);
    g_autofree char *b64 = g_base64_encode((const guchar *)plain, strlen(plain));
    size_t n = strlen(b64);
    while (n > 0 && b64[n - 1] == '=')
        n--;
    char *out = arena_strndup(a, b64, n);
    for (char *p = out; *p; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    return out;
}

bool cursor_read(struct arena *a, const char *scope, const char *text, const char **position,
                 struct err *e)
{
    char sum[DIGEST + 1];
    gsize len = 0;

    *position = "";
    if (!text || !*text)
        return true;
    size_t n = strlen(text);
    if (n > CURSOR_MAX || n % 4 == 1)
        return err_set(e, ERR_INPUT, "cursor: is none of ours");
    char *b64 = arena_alloc(a, n + 4);
    for (size_t i = 0; i < n; i++)
        b64[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    memcpy(b64 + n, "===", 4);
    b64[(n + 3) / 4 * 4] = '\0';
    g_autofree guchar *plain = g_base64_decode(b64, &len);
    if (len < DIGEST || memchr(plain, '\0', len))
        return err_set(e, ERR_INPUT, "cursor: is none of ours");
    const char *pos = arena_strndup(a, (const char *)plain + DIGEST, len - DIGEST);
    digest(scope, pos, sum);
    if (memcmp(sum, plain, DIGEST) != 0)
        return err_set(e, ERR_INPUT,
                       "cursor: belongs to another list, other parameters or another snapshot");
    *position = pos;
    return true;
}
