/* Status codes and errors. */
#ifndef AGENTOS_ERROR_H
#define AGENTOS_ERROR_H

#include <stdint.h>

/* The name, the HTTP status and the meaning of each status. */
#define AGENTOS_STATUS_MAP(X)                                            \
    X(OK, 200, "success")                                                \
    X(INVALID, 400, "the input is malformed")                            \
    X(UNAUTHENTICATED, 401, "no valid credential was presented")         \
    X(FORBIDDEN, 403, "the caller lacks a required scope")               \
    X(NOT_FOUND, 404, "no such resource")                                \
    X(CONFLICT, 409, "the resource is in another state")                 \
    X(TOO_LARGE, 413, "a size limit was exceeded")                       \
    X(UNPROCESSABLE, 422, "the input is well-formed but not acceptable") \
    X(TOO_MANY, 429, "the caller must slow down")                        \
    X(INTERNAL, 500, "a defect or an exhausted resource")                \
    X(NOT_BUILT, 501, "the contract has it, this version does not")      \
    X(UPSTREAM, 502, "a model provider or identity provider failed")     \
    X(UNAVAILABLE, 503, "the database or another part cannot serve now") \
    X(TIMEOUT, 504, "a deadline passed")

typedef enum {
#define X(name, http, text) AGENTOS_##name,
    AGENTOS_STATUS_MAP(X)
#undef X
} agentos_status;

/* An error, owned by the caller and set only by a call that fails. */
typedef struct {
    agentos_status status;
    /* identifies the refusal of a request, or 0; differs between versions */
    uint16_t code;
    /* the length of NAME in a message of the form "NAME: REASON", otherwise 0 */
    uint16_t subject_len;
    char message[1024]; /* for people, without a final newline */
} agentos_error;

#if defined(__GNUC__)
#define AGENTOS_API __attribute__((visibility("default")))
#else
#define AGENTOS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

AGENTOS_API const char *agentos_status_name(agentos_status status);
AGENTOS_API int agentos_status_http(agentos_status status);

#ifdef __cplusplus
}
#endif

#endif
