/* Finds the first error in a malformed JSON text, by a recursive walk over the grammar (RFC 8259)
 * with the same depth limit as json_parse. Messages and positions match those of agno's JSON
 * parser, because clients show them. */
#include "json/fault.h"

#include <stdbool.h>

#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/grammar.h"

/* The state of the walk. Every walk_ function steps over the element that it is named after. It
 * returns false if it has reported a fault, whose position and message are then stored here. */
struct walk {
    str text;
    size_t at; /* in bytes; at most text.len */
    int depth;
    const char *message;
};

/* Stores the position and the message of a fault. Always returns false, so that the caller can
 * return the result. */
static bool report(struct walk *walk, size_t at, const char *message)
{
    ensure(at <= walk->text.len);
    walk->message = message;
    walk->at = at;
    return false;
}

/* Returns the next byte of the text, or -1 at its end. */
static int peek(const struct walk *walk)
{
    return walk->at < walk->text.len ? (unsigned char)walk->text.ptr[walk->at] : -1;
}

static void skip_blanks(struct walk *walk)
{
    while (json_is_blank(peek(walk)))
        walk->at++;
}

/* Steps over the wanted character. Returns false and stays there if another character is next. */
static bool take(struct walk *walk, char wanted)
{
    if (peek(walk) != wanted)
        return false;
    walk->at++;
    return true;
}

static bool is_hex(int c)
{
    return c >= 0 && hex_value((char)c) >= 0;
}

/* Walks the four digits of an escape \uXXXX. The walk must be at the first digit. */
static bool walk_hex_digits(struct walk *walk)
{
    size_t letter = walk->at - 1; /* the 'u' */

    for (int i = 0; i < 4; i++) {
        if (!is_hex(peek(walk)))
            return report(walk, letter, "Invalid \\uXXXX escape");
        walk->at++;
    }
    return true;
}

/* Walks an escape in the string that began at string_begin. The walk must be at the character after
 * the backslash. */
static bool walk_escape(struct walk *walk, size_t string_begin)
{
    ensure(string_begin < walk->at && walk->text.ptr[walk->at - 1] == '\\');
    int c = peek(walk);

    if (c < 0)
        return report(walk, string_begin, "Unterminated string starting at");
    walk->at++;
    if (c == 'u')
        return walk_hex_digits(walk);
    if (!str_has(STR("\"\\/bfnrt"), (char)c))
        return report(walk, walk->at - 2, "Invalid \\escape");
    return true;
}

/* Walks a string. The walk must be at the character after the opening quote. */
static bool walk_string(struct walk *walk)
{
    ensure(walk->at > 0 && walk->text.ptr[walk->at - 1] == '"');
    size_t begin = walk->at - 1;

    for (int c = peek(walk); c >= 0; c = peek(walk)) {
        if (c < ' ')
            return report(walk, walk->at, "Invalid control character at");
        walk->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !walk_escape(walk, begin))
            return false;
    }
    return report(walk, begin, "Unterminated string starting at");
}

/* Steps over all digits that follow and returns their number. */
static size_t take_digits(struct walk *walk)
{
    size_t begin = walk->at;

    while (json_is_digit(peek(walk)))
        walk->at++;
    return walk->at - begin;
}

/* Steps over a fraction or an exponent, beginning at its point or its letter. If it has no digits,
 * it does not belong to the number, and nothing is stepped over. */
static void take_optional(struct walk *walk, bool is_exponent)
{
    size_t begin = walk->at;

    walk->at++;
    if (is_exponent && (peek(walk) == '+' || peek(walk) == '-'))
        walk->at++;
    if (take_digits(walk) == 0)
        walk->at = begin;
}

/* Walks a number (RFC 8259 §6). Reports a missing value if there are no digits. */
static bool walk_number(struct walk *walk)
{
    size_t begin = walk->at;

    (void)take(walk, '-'); /* optional */
    if (!take(walk, '0') && take_digits(walk) == 0)
        return report(walk, begin, "Expecting value");
    if (peek(walk) == '.')
        take_optional(walk, false);
    if (peek(walk) == 'e' || peek(walk) == 'E')
        take_optional(walk, true);
    return true;
}

/* Walks one of the three literals. Reports a missing value if there is none. */
static bool walk_word(struct walk *walk)
{
    static const str words[] = { STR_INIT("true"), STR_INIT("false"), STR_INIT("null") };

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_starts(str_from(walk->text, walk->at), words[i])) {
            walk->at += words[i].len;
            return true;
        }
    return report(walk, walk->at, "Expecting value");
}

static bool walk_value(struct walk *walk);

/* Walks a member of an object, which is a name, a colon and a value. */
static bool walk_member(struct walk *walk)
{
    if (!take(walk, '"'))
        return report(walk, walk->at, "Expecting property name enclosed in double quotes");
    if (!walk_string(walk))
        return false;
    skip_blanks(walk);
    if (!take(walk, ':'))
        return report(walk, walk->at, "Expecting ':' delimiter");
    return walk_value(walk);
}

/* Walks the items of a container and its closing bracket. The walk must be at the character after
 * the opening bracket. walk_item is called for each item. */
static bool walk_items(struct walk *walk, char closing, bool (*walk_item)(struct walk *))
{
    ensure(walk->depth > 0 && (closing == '}' || closing == ']'));
    skip_blanks(walk);
    if (take(walk, closing))
        return true;
    for (;;) {
        if (!walk_item(walk))
            return false;
        skip_blanks(walk);
        if (take(walk, closing))
            return true;
        if (!take(walk, ','))
            return report(walk, walk->at, "Expecting ',' delimiter");
        skip_blanks(walk);
    }
}

/* Walks an object or an array. The walk must be at the character after the opening bracket. Nesting
 * deeper than JSON_MAX_DEPTH is reported as a fault, which bounds the recursion. */
static bool walk_container(struct walk *walk, char opening)
{
    bool is_walked = false;

    ensure(opening == '{' || opening == '[');
    if (++walk->depth > JSON_MAX_DEPTH)
        return report(walk, walk->at - 1, "Nested too deeply");
    if (opening == '{')
        is_walked = walk_items(walk, '}', walk_member);
    else
        is_walked = walk_items(walk, ']', walk_value);
    walk->depth--;
    return is_walked;
}

/* Walks any value and the blanks before it. The first character tells which kind of value it is. */
static bool walk_value(struct walk *walk)
{
    skip_blanks(walk);
    int c = peek(walk);

    if (c == '"' || c == '{' || c == '[')
        walk->at++;
    if (c == '"')
        return walk_string(walk);
    if (c == '{' || c == '[')
        return walk_container(walk, (char)c);
    return c == '-' || json_is_digit(c) ? walk_number(walk) : walk_word(walk);
}

/* Walks the whole text, which must be one value with only blanks around it. */
static bool walk_text(struct walk *walk)
{
    if (!walk_value(walk))
        return false;
    skip_blanks(walk);
    return walk->at == walk->text.len || report(walk, walk->at, "Extra data");
}

/* Returns the number of UTF-8 characters in the text, by counting all bytes that are not
 * continuation bytes. */
static size_t count_characters(str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

/* Returns the first fault in the text. The message of the fault is NULL if there is none. */
struct json_fault json_find_fault(str text)
{
    struct walk walk = { .text = text };

    if (walk_text(&walk))
        return (struct json_fault){ 0 };
    return (struct json_fault){ walk.message, count_characters((str){ text.ptr, walk.at }) };
}
