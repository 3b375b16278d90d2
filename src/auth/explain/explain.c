/* Records the steps of a decision in an explanation, for `agentos auth explain`. These functions
 * only record steps; they never change the decision. */
#include "auth/explain/explain.h"

#include <stdarg.h>

enum { DETAIL_MAX_BYTES = 1024 }; /* as long as an error's sentence */

PRINTF_LIKE(2, 0)
static const char *write_detail(arena *a, const char *format, va_list args)
{
    char text[DETAIL_MAX_BYTES];

    (void)vsnprintf(text, sizeof(text), format, args); /* a cut sentence is better than none */
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?'; /* it may quote a token's header, and it may go to a terminal */
    return arena_copy(a, str_of(text));
}

PRINTF_LIKE(4, 0)
static void add(struct explanation *why, const char *name, bool passed, const char *format,
                va_list args)
{
    why->steps[why->count++] = (struct explain_step){
        .name = name,
        .passed = passed,
        .detail = write_detail(why->arena, format, args),
    };
}

void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL || why->count == EXPLAIN_STEPS_MAX)
        return;
    va_start(args, format);
    add(why, name, passed, format, args);
    va_end(args);
}

void explain_each(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    if (why->count >= EXPLAIN_STEPS_MAX - EXPLAIN_RESERVE) {
        why->left_out++;
        return;
    }
    va_start(args, format);
    add(why, name, passed, format, args);
    va_end(args);
}

void explain_left_out(struct explanation *why)
{
    if (why != NULL && why->left_out > 0)
        explain(why, "left out", true, "%zu more scopes and roles", why->left_out);
}

void explain_advice(struct explanation *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    why->advice = write_detail(why->arena, format, args);
    va_end(args);
}
