/* Reads values that are one of some words. */
#include "config/words.h"

#include "base/ensure.h"
#include "config/nearest.h"
#include "config/reading.h"

enum { WORDS_MAX = 64 }; /* of a row */

/* Adds a fault for a value that is not among the row's words, with the nearest one. */
static void reject_word(struct config_reading *r, const struct option_row *row, struct place at)
{
    const char *words[WORDS_MAX], *nearest = NULL;
    str rest = str_of(row->words);
    size_t count = 0;

    while (rest.len > 0) {
        ensure(count < WORDS_MAX);
        words[count++] = arena_copy(r->a, str_split(&rest, ' '));
    }
    if (at.node->kind == YAML_SCALAR)
        nearest = nearest_name(at.node->text, words, count);
    if (nearest != NULL)
        fault_at(r, at, "did you mean '%s'? It must be one of: %s", nearest, row->words);
    else
        fault_at(r, at, "must be one of: %s", row->words);
}

/* Finds the value among the row's words, in any case. Otherwise adds a fault and returns false. */
static bool find_word(struct config_reading *r, const struct option_row *row, struct place at,
                      unsigned *index, str *word)
{
    ensure(row->words != NULL && index != NULL && word != NULL);
    str rest = str_of(row->words);

    for (*index = 0; at.node->kind == YAML_SCALAR && rest.len > 0; (*index)++) {
        *word = str_split(&rest, ' ');
        if (str_equal_nocase(at.node->text, *word))
            return true;
    }
    reject_word(r, row, at);
    return false;
}

void read_word(struct config_reading *r, const struct option_row *row, struct place at,
               void *target)
{
    ensure(row->kind == OPTION_WORD && target != NULL);
    unsigned index;
    str word;

    if (find_word(r, row, at, &index, &word))
        *(const char **)row_member(target, row->at) = arena_copy(r->a, word);
}

/* Stores the index of the word in an unsigned or an enum. */
void read_word_index(struct config_reading *r, const struct option_row *row, struct place at,
                     void *target)
{
    ensure(row->kind == OPTION_WORD_INDEX && target != NULL);
    unsigned index;
    str word;

    if (find_word(r, row, at, &index, &word))
        *(unsigned *)row_member(target, row->at) = index;
}

/* Stores true for the second of two words. */
void read_word_bool(struct config_reading *r, const struct option_row *row, struct place at,
                    void *target)
{
    ensure(row->words != NULL && strchr(row->words, ' ') != NULL);
    unsigned index;
    str word;

    if (find_word(r, row, at, &index, &word))
        *(bool *)row_member(target, row->at) = index == 1;
}
