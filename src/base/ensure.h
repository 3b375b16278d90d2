/* Assertions that stay on in release builds: a broken invariant ends the process before anything is
 * decided by it. Never for what comes from outside: that is a refusal. */
#ifndef BASE_ENSURE_H
#define BASE_ENSURE_H

/* States what must hold on entry, between fields, or at exit; not what the line before made true.
 */
#define ensure(condition) \
    (__builtin_expect(!!(condition), 1) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__))

/* Writes "FILE:LINE: CONDITION does not hold" to standard error and aborts. Any thread. */
void ensure_failed(const char *condition, const char *file, int line)
    __attribute__((noreturn, cold));

#endif
