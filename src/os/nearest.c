/* Optimal string alignment distance over three rows; names longer than a row are nobody's typo. */
#include "os/nearest.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 48 };

static bool same(char a, char b)
{
    return char_lower(a) == char_lower(b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edits(str a, str b)
{
    size_t rows[3][NAME_MAX_BYTES + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool is_same = same(a.ptr[i - 1], b.ptr[j - 1]);

            now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + (is_same ? 0 : 1));
            if (i > 1 && j > 1 && same(a.ptr[i - 1], b.ptr[j - 2]) &&
                same(a.ptr[i - 2], b.ptr[j - 1]))
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

const char *nearest_name(str typed, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_edits = least(typed.len, NAME_MAX_BYTES) / 3 + 1;

    if (typed.len > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        str name = str_of(names[i]);
        size_t distance = name.len <= NAME_MAX_BYTES ? edits(typed, name) : best_edits;

        if (distance < best_edits) {
            best = names[i];
            best_edits = distance;
        }
    }
    return best;
}
