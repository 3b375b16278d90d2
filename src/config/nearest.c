/* Finds the known name that is most similar to a mistyped one, by the optimal string alignment
 * distance. */
#include "config/nearest.h"

#include "base/banned.h"
#include "base/ensure.h"

enum { NAME_MAX_BYTES = 48 }; /* a longer name is compared with nothing */

static bool is_same(char a, char b)
{
    return char_lower(a) == char_lower(b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many edits make b of a. Row i of the table has the edits that make the first j bytes of b of
 * the first i bytes of a; only the last three rows are kept. */
static size_t count_edits(str a, str b)
{
    size_t rows[3][NAME_MAX_BYTES + 1];

    ensure(a.len <= NAME_MAX_BYTES && b.len <= NAME_MAX_BYTES);
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *row_1_up = rows[(i + 2) % 3], *row_2_up = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replaced = row_1_up[j - 1] + (is_same(a.ptr[i - 1], b.ptr[j - 1]) ? 0 : 1);

            row[j] = least(least(row_1_up[j], row[j - 1]) + 1, replaced);
            if (i > 1 && j > 1 && is_same(a.ptr[i - 1], b.ptr[j - 2]) &&
                is_same(a.ptr[i - 2], b.ptr[j - 1]))
                row[j] = least(row[j], row_2_up[j - 2] + 1); /* two swapped */
        }
    }
    return rows[a.len % 3][b.len];
}

const char *nearest_name(str typed, const char *const *names, size_t count)
{
    ensure(names != NULL || count == 0);
    const char *best = NULL;
    size_t best_edits = least(typed.len, NAME_MAX_BYTES) / 3 + 1;

    if (typed.len > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        str name = str_of(names[i]);
        size_t distance = name.len <= NAME_MAX_BYTES ? count_edits(typed, name) : best_edits;

        if (distance < best_edits) {
            best = names[i];
            best_edits = distance;
        }
    }
    return best;
}
