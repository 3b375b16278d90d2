/* Records the steps of a decision for `agentos auth explain`. */
#include "auth/explain/explain.h"

#include <stdarg.h>

#include "base/ensure.h"

enum { DETAIL_MAX_BYTES = 1024 }; /* like the message of an error */

/* Returns the formatted text, cut to DETAIL_MAX_BYTES, with control characters replaced. */
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

/* Appends a step. There must be room for it. */
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

/* Appends a step, if `why` is not NULL and there is room. */
void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL || why->count == EXPLAIN_STEPS_MAX)
        return;
    va_start(args, format);
    append_step(why, name, passed, format, args);
    va_end(args);
}

/* Appends one of many similar steps, or counts it if only the reserve is left. */
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

/* Appends a step with the number of omitted steps, if there are any. */
void explain_left_out(struct explanation *why)
{
    if (why != NULL && why->left_out > 0)
        explain(why, "left out", true, "%zu more scopes and roles", why->left_out);
}

/* Sets the advice, replacing any earlier one. */
void explain_advice(struct explanation *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    why->advice = write_detail(why->arena, format, args);
    va_end(args);
}
