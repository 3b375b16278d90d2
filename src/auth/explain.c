/* Collecting the steps of a decision. Never decides. */
#include "auth/explain.h"

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

void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
{
    va_list args;

    if (why == NULL || why->count == EXPLAIN_STEPS_MAX)
        return;
    va_start(args, format);
    why->steps[why->count++] = (struct explain_step){
        .name = name,
        .passed = passed,
        .detail = write_detail(why->arena, format, args),
    };
    va_end(args);
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
