/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of 64 bytes becomes four bit sets: quotes, backslashes, opening and closing brackets.
 * Strings are masked out by a running parity of the quotes, brackets are counted, and only the
 * block in which the count could reach zero is looked at bit by bit.  Source: the bit-parallel
 * first stage of Langdale and Lemire, "Parsing gigabytes of JSON per second" (VLDB J. 28, 2019). */
#include "ingest/sources/scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

struct bits {
    uint64_t quote, backslash, open, close;
};

#ifdef __SSE2__
static struct bits classify(const char *p)
{
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
    const __m128i fold = _mm_set1_epi8(0x20); /* makes [ a { and ] a }, and no other byte either */
    struct bits b = {0};

    for (int i = 0; i < BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i folded = _mm_or_si128(v, fold);
        b.quote |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quote)) << i;
        b.backslash |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, backslash)) << i;
        b.open |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(folded, open)) << i;
        b.close |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(folded, close)) << i;
    }
    return b;
}
#else
static struct bits classify(const char *p)
{
    struct bits b = {0};

    for (int i = 0; i < BLOCK; i++) {
        b.quote |= (uint64_t)(p[i] == '"') << i;
        b.backslash |= (uint64_t)(p[i] == '\\') << i;
        b.open |= (uint64_t)(p[i] == '{' || p[i] == '[') << i;
        b.close |= (uint64_t)(p[i] == '}' || p[i] == ']') << i;
    }
    return b;
}
#endif

/* The baseline of x86-64 has no instruction for it, and a call into libgcc costs more than this. */
static unsigned count_bits(uint64_t v)
{
    v -= v >> 1 & 0x5555555555555555U;
    v = (v & 0x3333333333333333U) + (v >> 2 & 0x3333333333333333U);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    return (unsigned)(v * 0x0101010101010101U >> 56);
}

/* Which bytes a backslash stands before; *carry is that bit for the byte after the `n`th. */
static uint64_t escaped_bytes(uint64_t backslash, bool *carry, unsigned n)
{
    uint64_t escaped = *carry;

    backslash &= ~escaped;
    *carry = false;
    while (backslash) {
        uint64_t first = backslash & -backslash, next = first << 1;
        escaped |= next;
        backslash &= ~(first | next);
        if (first == 1ULL << (n - 1))
            *carry = true;
    }
    return escaped;
}

/* Bit i becomes the parity of bits 0 to i: set from each opening quote to before its closing one.
 */
static uint64_t parity(uint64_t v)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        v ^= v << shift;
    return v;
}

/* One block of which `n` bytes count.  Returns: how many bytes were passed when the depth became
 * 0, or 0 if it did not. */
static unsigned scan_block(struct scan *s, const char *p, unsigned n)
{
    struct bits b = classify(p);

    if (b.backslash || s->escaped)
        b.quote &= ~escaped_bytes(b.backslash, &s->escaped, n);
    uint64_t inside = parity(b.quote) ^ (s->in_string ? UINT64_MAX : 0);
    b.open &= ~inside;
    b.close &= ~inside;

    unsigned closing = count_bits(b.close);
    if (s->depth > closing) {
        s->depth = s->depth + count_bits(b.open) - closing;
        s->in_string = inside >> 63;
        return 0;
    }
    for (uint64_t both = b.open | b.close; both; both &= both - 1) {
        uint64_t bit = both & -both;
        s->depth += b.open & bit ? 1 : SIZE_MAX;
        if (!s->depth) {
            s->in_string = s->escaped = false;
            return (unsigned)__builtin_ctzll(bit) + 1;
        }
    }
    s->in_string = inside >> 63;
    return 0;
}

const char *scan_nested(struct scan *s, const char *p, const char *end)
{
    char last[BLOCK];
    unsigned used;

    for (; end - p >= BLOCK; p += BLOCK)
        if ((used = scan_block(s, p, BLOCK)))
            return p + used;
    unsigned rest = (unsigned)(end - p);
    if (!rest)
        return NULL;
    memset(last, ' ', sizeof(last));
    memcpy(last, p, rest);
    used = scan_block(s, last, rest);
    return used ? p + used : NULL;
}
