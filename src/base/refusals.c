/* Fills in the error of a refusal. */
#include "base/refusals.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ensure.h"

static const struct {
    const char *name;
    agentos_status status;
    const char *sentence; /* a format of printf */
} rows[REFUSALS] = {
#define X(name, status, sentence) [REFUSAL_##name] = { #name, AGENTOS_##status, sentence },
    REFUSAL_LIST(X)
#undef X
};

#define X(name, status, sentence) \
    _Static_assert(sizeof(#name) <= REFUSAL_WORD_SIZE, "the word of " #name " fits its buffer");
REFUSAL_LIST(X)
#undef X

/* Stores the refusal in err, unless it is NULL, and returns its status. The sentence has no
 * arguments. */
agentos_status refuse(agentos_error *err, enum refusal_code code)
{
    ensure(code > REFUSAL_NONE && code < REFUSALS);
    ensure(strchr(rows[code].sentence, '%') == NULL); /* otherwise it needs refuse_with */
    return refuse_formatted(err, code, "%s", rows[code].sentence);
}

agentos_error refusal_make(enum refusal_code code)
{
    agentos_error made;

    (void)refuse(&made, code); /* its status is in it */
    return made;
}

/* Like refuse, with arguments. refuse_with passes the sentence, so the compiler checks them. */
agentos_status refuse_formatted(agentos_error *err, enum refusal_code code, const char *format, ...)
{
    va_list args;
    agentos_error reason;

    ensure(code > REFUSAL_NONE && code < REFUSALS);
    reason = (agentos_error){ .status = rows[code].status, .code = (uint16_t)code };
    va_start(args, format);
    agentos_status status = fail_because_args(err, &reason, format, args);
    va_end(args);
    return status;
}

/* Returns the refusal of the error, or REFUSAL_NONE. */
enum refusal_code refusal_of(const agentos_error *err)
{
    if (err->code >= REFUSALS)
        return REFUSAL_NONE;
    return (enum refusal_code)err->code;
}

/* Writes the name of the refusal in lower case. Returns "other" for REFUSAL_NONE. */
const char *refusal_word(enum refusal_code code, char word[REFUSAL_WORD_SIZE])
{
    size_t len = 0;

    ensure(code < REFUSALS);
    if (code == REFUSAL_NONE)
        return "other";
    for (const char *c = rows[code].name; *c != '\0'; c++) /* it fits, as asserted above */
        word[len++] = char_lower(*c);
    word[len] = '\0';
    return word;
}
