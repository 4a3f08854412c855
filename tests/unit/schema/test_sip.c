/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash against its authors' vectors. */
#include "schema/sip.h"
#include "tests/test.h"

/* The input of length n is the bytes 0, 1, ... n - 1, the key is 0, 1, ... 15. */
Test(sip, agrees_with_the_published_vectors)
{
    static const struct {
        size_t len;
        uint8_t want[16];
    } cases[] = {
        {0,
         {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02,
          0x93}},
        {1,
         {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc,
          0x45}},
    };
    uint8_t bytes[16], out[16];
    struct sip s;

    for (uint8_t i = 0; i < 16; i++)
        bytes[i] = i;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sip_init(&s, bytes);
        sip_add(&s, bytes, cases[i].len);
        sip_done(&s, out);
        cr_expect_arr_eq(out, cases[i].want, 16, "%zu bytes", cases[i].len);
    }
}

Test(sip, does_not_care_how_the_input_is_cut)
{
    const char text[] = "the quick brown fox jumps over the lazy dog";
    const uint8_t key[16] = {7};
    uint8_t whole[16], parts[16];
    struct sip s;

    sip_init(&s, key);
    sip_text(&s, text);
    sip_done(&s, whole);
    for (size_t a = 0; a < sizeof(text); a++)
        for (size_t b = a; b < sizeof(text); b++) {
            sip_init(&s, key);
            sip_add(&s, text, a);
            sip_add(&s, text + a, b - a);
            sip_add(&s, text + b, sizeof(text) - b);
            sip_done(&s, parts);
            cr_assert_arr_eq(parts, whole, 16, "cut at %zu and %zu", a, b);
        }
}

Test(sip, keys_lengths_and_bounds_of_texts_matter)
{
    uint8_t key[16] = {0}, x[16], y[16];
    struct sip s;

    sip_init(&s, key);
    sip_text(&s, "ab");
    sip_text(&s, "c");
    sip_done(&s, x);
    sip_init(&s, key);
    sip_text(&s, "a");
    sip_text(&s, "bc");
    sip_done(&s, y);
    cr_expect(memcmp(x, y, 16) != 0);
    key[15] = 1;
    sip_init(&s, key);
    sip_text(&s, "ab");
    sip_text(&s, "c");
    sip_done(&s, y);
    cr_expect(memcmp(x, y, 16) != 0);
}
