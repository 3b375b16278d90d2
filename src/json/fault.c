/* Finds the first error in a malformed JSON text (RFC 8259). Messages match those of agno's
 * parser. */
#include "json/fault.h"

#include <stdbool.h>

#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/grammar.h"

/* The state of the walk. Each walk_ function skips one element, or stores a fault here and returns
 * false. */
struct walk {
    str text;
    size_t at; /* in bytes; at most text.len */
    int depth;
    const char *message;
};

/* Stores the fault, and returns false. */
static bool report(struct walk *walk, size_t at, const char *message)
{
    ensure(at <= walk->text.len);
    walk->message = message;
    walk->at = at;
    return false;
}

/* Returns the next byte, or -1 at the end. */
static int peek(const struct walk *walk)
{
    return walk->at < walk->text.len ? (unsigned char)walk->text.ptr[walk->at] : -1;
}

static void skip_blanks(struct walk *walk)
{
    while (json_is_blank(peek(walk)))
        walk->at++;
}

/* Skips the character. Returns false, without skipping, if another one is next. */
static bool take(struct walk *walk, char expected)
{
    if (peek(walk) != expected)
        return false;
    walk->at++;
    return true;
}

static bool is_hex(int c)
{
    return c >= 0 && hex_value((char)c) >= 0;
}

/* Walks the four digits of \uXXXX. */
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

/* Walks an escape after its backslash, in the string that starts at string_begin. */
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

/* Walks a string after its opening quote. */
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

/* Skips digits and returns their number. */
static size_t take_digits(struct walk *walk)
{
    size_t begin = walk->at;

    while (json_is_digit(peek(walk)))
        walk->at++;
    return walk->at - begin;
}

/* Skips a fraction or an exponent, unless it has no digits. */
static void take_optional(struct walk *walk, bool is_exponent)
{
    size_t begin = walk->at;

    walk->at++;
    if (is_exponent && (peek(walk) == '+' || peek(walk) == '-'))
        walk->at++;
    if (take_digits(walk) == 0)
        walk->at = begin;
}

/* Walks a number (RFC 8259 §6). */
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

/* Walks true, false or null. */
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

/* Walks a member of an object: a name, a colon and a value. */
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

/* Walks the items of a container after its opening bracket, and the closing one. */
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

/* Walks an object or an array after its opening bracket, up to JSON_MAX_DEPTH levels. */
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

/* Walks any value and the blanks before it. */
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

/* Walks the whole text: one value, with blanks around it. */
static bool walk_text(struct walk *walk)
{
    if (!walk_value(walk))
        return false;
    skip_blanks(walk);
    return walk->at == walk->text.len || report(walk, walk->at, "Extra data");
}

/* Returns the number of UTF-8 characters in the text. */
static size_t count_characters(str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

/* Returns the first fault, or a NULL message if there is none. */
struct json_fault json_find_fault(str text)
{
    struct walk walk = { .text = text };

    if (walk_text(&walk))
        return (struct json_fault){ 0 };
    return (struct json_fault){ walk.message, count_characters((str){ text.ptr, walk.at }) };
}
