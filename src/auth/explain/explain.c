/* Records the steps of a decision in an explanation, for `agentos auth explain`. These functions
 * only record steps; they never change the decision. */
#include "auth/explain/explain.h"

#include <stdarg.h>

#include "base/ensure.h"

enum { DETAIL_MAX_BYTES = 1024 }; /* as long as an error's sentence */

/* Returns the formatted text from the arena, cut after DETAIL_MAX_BYTES. Control characters are
 * replaced, since the text may quote a token and may be shown on a terminal. */
PRINTF_LIKE(2, 0)
static const char *write_detail(arena *a, const char *format, va_list args)
{
    char text[DETAIL_MAX_BYTES];

    (void)vsnprintf(text, sizeof(text), format, args); /* it may be cut */
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return arena_copy(a, str_of(text));
}

/* Appends a step. The explanation must have room for it. */
PRINTF_LIKE(4, 0)
static void append_step(struct explanation *why, const char *name, bool passed, const char *format,
                        va_list args)
{
    ensure(why->count < EXPLAIN_STEPS_MAX && why->arena != NULL);
    why->steps[why->count++] = (struct explain_step){
        .name = name,
        .passed = passed,
        .detail = write_detail(why->arena, format, args),
    };
}

/* Appends a step. Does nothing if why is NULL or there is no room. */
void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL || why->count == EXPLAIN_STEPS_MAX)
        return;
    va_start(args, format);
    append_step(why, name, passed, format, args);
    va_end(args);
}

/* Appends one of many similar steps. If only the reserve is left, the step is counted instead. */
void explain_each(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    ensure(why->count <= EXPLAIN_STEPS_MAX);
    if (why->count >= EXPLAIN_STEPS_MAX - EXPLAIN_RESERVE) {
        why->left_out++;
        return;
    }
    va_start(args, format);
    append_step(why, name, passed, format, args);
    va_end(args);
}

/* Appends a step that says how many explain_each has counted. Does nothing if there were none. */
void explain_left_out(struct explanation *why)
{
    if (why != NULL && why->left_out > 0)
        explain(why, "left out", true, "%zu more scopes and roles", why->left_out);
}

/* Sets the advice, which replaces any that was set before. */
void explain_advice(struct explanation *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    why->advice = write_detail(why->arena, format, args);
    va_end(args);
}
