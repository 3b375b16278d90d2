/* Suggests names for a mistyped one, by the optimal string alignment distance. */
#include "config/nearest.h"

#include "base/banned.h"
#include "base/ensure.h"

enum { NAME_MAX_BYTES = 48 }; /* longer names are ignored */

/* Compares two bytes, ignoring case. */
static bool is_same(char a, char b)
{
    return char_lower(a) == char_lower(b);
}

static size_t smaller_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Entry [i][j] is the distance between the first i bytes of a and the first j bytes of b. */
typedef size_t edit_table[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];

/* Returns whether the prefixes a[0..i) and b[0..j) end with the same two bytes in swapped order. */
static bool is_swap(str a, size_t i, str b, size_t j)
{
    if (i < 2 || j < 2)
        return false;
    return is_same(a.ptr[i - 1], b.ptr[j - 2]) && is_same(a.ptr[i - 2], b.ptr[j - 1]);
}

/* Returns entry [i][j], computed from the entries before it. */
static size_t fewest_edits(edit_table edits, str a, size_t i, str b, size_t j)
{
    ensure(i >= 1 && i <= a.len && j >= 1 && j <= b.len);
    size_t replace_cost = is_same(a.ptr[i - 1], b.ptr[j - 1]) ? 0 : 1;
    size_t fewest = edits[i - 1][j - 1] + replace_cost;

    fewest = smaller_of(fewest, edits[i - 1][j] + 1); /* delete from a */
    fewest = smaller_of(fewest, edits[i][j - 1] + 1); /* insert from b */
    if (is_swap(a, i, b, j))
        fewest = smaller_of(fewest, edits[i - 2][j - 2] + 1);
    return fewest;
}

/* Returns the distance between two texts. An edit inserts, deletes, replaces or swaps bytes. */
static size_t count_edits(str a, str b)
{
    ensure(a.len <= NAME_MAX_BYTES && b.len <= NAME_MAX_BYTES);
    edit_table edits;

    for (size_t j = 0; j <= b.len; j++)
        edits[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        edits[i][0] = i;
        for (size_t j = 1; j <= b.len; j++)
            edits[i][j] = fewest_edits(edits, a, i, b, j);
    }
    return edits[a.len][b.len];
}

/* Returns the name closest to the typed text, or NULL if none is close. */
const char *nearest_name(str typed, const char *const *names, size_t count)
{
    ensure(names != NULL || count == 0);
    const char *best = NULL;

    if (typed.len > NAME_MAX_BYTES)
        return NULL;
    size_t best_edits = typed.len / 3 + 1; /* one more than the most edits allowed */
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
