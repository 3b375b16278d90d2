/* How a function fails, and how its caller passes the failure on. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "agentos/error.h"
#include "base/banned.h"
#include "base/str.h"

#define MUST_USE                __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))

/* User-controlled text quoted in a sentence: `fail(err, X, "unknown key " QUOTED, QUOTE(name))`,
 * cut to 128 bytes so that nobody fills our errors. */
#define QUOTED      "'%.*s'"
#define QUOTE(text) (int)str_cut((text), 128).len, (text).ptr

/* Records why, and returns the status, which is not OK: `return fail(err, AGENTOS_NOT_FOUND,
 * "...")`. err may be NULL if the caller has no use for the sentence. */
agentos_status fail(agentos_error *err, agentos_status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same as a value, where the failure is answered or kept rather than returned. */
agentos_error error_make(agentos_status status, const char *format, ...) PRINTF_LIKE(2, 3);

/* Returns the callee's failure to the caller. */
#define TRY(call)                        \
    do {                                 \
        agentos_status status_ = (call); \
        if (status_ != AGENTOS_OK)       \
            return status_;              \
    } while (0)

#endif
