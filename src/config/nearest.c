/* Finds the known name that is most similar to a mistyped one, by the optimal string alignment
 * distance. */
#include "config/nearest.h"

#include "base/banned.h"
#include "base/ensure.h"

enum { NAME_MAX_BYTES = 48 }; /* a longer name is compared with nothing */

/* Returns true if the bytes are equal without regard to case. */
static bool is_same(char a, char b)
{
    return char_lower(a) == char_lower(b);
}

static size_t smaller_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Returns the number of edits that turn a into b: a byte inserted, removed or replaced, or two
 * neighbours swapped. Entry j of row i is the number for the first i bytes of a and the first j
 * bytes of b. Each row depends on the two rows before it, so three rows are enough. */
static size_t count_edits(str a, str b)
{
    ensure(a.len <= NAME_MAX_BYTES && b.len <= NAME_MAX_BYTES);
    size_t rows[3][NAME_MAX_BYTES + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *last_row = rows[(i - 1) % 3];
        const size_t *second_last_row = rows[(i + 1) % 3]; /* (i - 2) % 3, never negative */

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = is_same(a.ptr[i - 1], b.ptr[j - 1]) ? 0 : 1;
            bool is_swap = i > 1 && j > 1 && is_same(a.ptr[i - 1], b.ptr[j - 2]) &&
                           is_same(a.ptr[i - 2], b.ptr[j - 1]);

            row[j] = smaller_of(last_row[j], row[j - 1]) + 1;
            row[j] = smaller_of(row[j], last_row[j - 1] + cost);
            if (is_swap)
                row[j] = smaller_of(row[j], second_last_row[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* Returns the name that the fewest edits turn the typed text into. Returns NULL if every name needs
 * more than one edit for each three typed letters, or if the typed text is too long. */
const char *nearest_name(str typed, const char *const *names, size_t count)
{
    ensure(names != NULL || count == 0);
    const char *best = NULL;

    if (typed.len > NAME_MAX_BYTES)
        return NULL;
    size_t best_edits = typed.len / 3 + 1; /* a name must need fewer edits than this */
    for (size_t i = 0; i < count; i++) {
        str name = str_of(names[i]);

        if (name.len > NAME_MAX_BYTES)
            continue;
        size_t edits = count_edits(typed, name);
        if (edits < best_edits) {
            best = names[i];
            best_edits = edits;
        }
    }
    return best;
}
