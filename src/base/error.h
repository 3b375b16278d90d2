/* Errors, and how a caller passes them on. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include "agentos/error.h"
#include "base/banned.h"
#include "base/str.h"

#define MUST_USE                __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))

/* Quotes text from outside in a message, cut to 128 bytes: `fail(err, X, "unknown key " QUOTED,
 * QUOTE(name))`. */
#define QUOTED      "'%.*s'"
#define QUOTE(text) (int)str_cut((text), 128).len, (text).ptr

/* Stores the status, which must not be OK, and the message in err, and returns the status: `return
 * fail(err, AGENTOS_NOT_FOUND, "...")`. The error has neither a code nor a subject. Here and below,
 * err may be NULL, and a long message is truncated between two characters. */
agentos_status fail(agentos_error *err, agentos_status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Like fail, for an error about an option. The message is "SUBJECT: SENTENCE", and subject_len is
 * set. Both texts are literals, and the arguments of the subject come first: `fail_about(err,
 * AGENTOS_INVALID, "%s.leeway", "more than %d s", name, LEEWAY_MAX_S)`. */
#define fail_about(err, status, subject, ...) \
    fail_with_subject((err), (status), subject, subject ": " __VA_ARGS__)
agentos_status fail_with_subject(agentos_error *err, agentos_status status, const char *subject,
                                 const char *format, ...) PRINTF_LIKE(4, 5);

/* Like fail, with a new message for a callee's error, whose status and code are kept. reason and
 * err must be different objects. */
agentos_status fail_because(agentos_error *err, const agentos_error *reason, const char *format,
                            ...) PRINTF_LIKE(3, 4);
agentos_status fail_because_args(agentos_error *err, const agentos_error *reason,
                                 const char *format, va_list args) PRINTF_LIKE(3, 0);

/* Copies a callee's error to err, and returns its status. */
agentos_status fail_again(agentos_error *err, const agentos_error *reason);

/* Returns a callee's error to the caller. */
#define TRY(call)                        \
    do {                                 \
        agentos_status status_ = (call); \
        if (status_ != AGENTOS_OK)       \
            return status_;              \
    } while (0)

#endif
