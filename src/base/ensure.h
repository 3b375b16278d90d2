/* Assertions that are also checked in release builds. A broken invariant ends the process before
 * anything is decided by it. Never used for input from outside, which is refused instead. */
#ifndef BASE_ENSURE_H
#define BASE_ENSURE_H

/* States what must hold on entry, between fields or at the end of a function, but not what the
 * previous line has just made true. */
#define ensure(condition) \
    (__builtin_expect(!!(condition), 1) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__))

/* Writes "FILE:LINE: CONDITION does not hold" to standard error and aborts the process. May be
 * called on any thread. */
void ensure_failed(const char *condition, const char *file, int line)
    __attribute__((noreturn, cold));

#endif
