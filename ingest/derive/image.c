/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A colon after the last slash begins the tag; one before it is a port. */
#include "ingest/derive/image.h"

#include <string.h>

size_t image_repository(const char *image)
{
    const char *slash = strrchr(image, '/'), *last = slash ? slash + 1 : image;

    return (size_t)(last - image) + strcspn(last, ":@");
}

bool image_is(const char *image, const char *components)
{
    size_t len = image_repository(image), want = strlen(components);

    return want > 0 && len >= want && memcmp(image + len - want, components, want) == 0 &&
           (len == want || image[len - want - 1] == '/');
}
