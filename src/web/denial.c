/* Responses to denied callers. */
#include "web/call.h"

#include "auth/account/failures.h"
#include "auth/challenge.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "web/failure.h"

enum { DENIAL_MAX_BYTES = 8 * KiB }; /* enough for one escaped message */

/* Counts the denial in the metrics and records it in the audit log. */
static void record_denial(const struct call *call, const agentos_error *err)
{
    const struct route *row = call->route;

    ensure(call->principal != NULL);
    const struct denial denial = {
        .status = err->status,
        .code = refusal_of(err),
        .is_known = call->principal->kind > PRINCIPAL_OPEN,
        .reason = err->message,
        .actor = call->principal->user_id,
        .issuer = call->principal->issuer,
        .peer = call->request->peer,
        .route = row != NULL
                     ? arena_printf(call->arena, "%s %s", method_name(row->method), row->pattern)
                     : NULL,
    };

    metrics_denied(call->station->metrics, err);
    denials_record(call->station->denials, &denial, clock_now_s());
}

/* Returns the Retry-After header for a rate-limited client (RFC 9110 §10.2.3). */
static struct header make_retry_after(arena *a)
{
    return (struct header){ STR("retry-after"), str_of(arena_printf(a, "%d", FAILURES_WINDOW_S)) };
}

/* Returns the WWW-Authenticate header of a 401 or 403 (RFC 6750 §3). `scope` may be NULL. */
static struct header make_challenge(const struct call *call, const agentos_error *err,
                                    const char *scope)
{
    bool had_credential =
        credential_is_present(call->request, authority_credentials(call->surface->authority));

    return (struct header){ STR("www-authenticate"),
                            str_of(auth_challenge(call->arena, err, had_credential, scope)) };
}

/* Returns the Retry-After header of a 429, or the challenge of a 401 or 403. */
static struct header make_denial_header(const struct call *call, const agentos_error *err,
                                        const char *scope)
{
    if (err->status == AGENTOS_TOO_MANY)
        return make_retry_after(call->arena);
    return make_challenge(call, err, scope);
}

/* Answers 401, 403 or 429, and records the denial. Ends the call. */
void call_deny(struct call *call, const agentos_error *err, const char *scope)
{
    AUTO_BUF body = buf_with_limit(DENIAL_MAX_BYTES);
    writer w = { .out = &body };

    ensure(err->status != AGENTOS_OK);
    struct header header = make_denial_header(call, err, scope);
    call->refusal = refusal_of(err);
    record_denial(call, err);
    failure_write(err->message, &w);
    ensure(buf_ok(&body)); /* err->message is short */
    const struct reply reply = {
        .status = agentos_status_http(err->status),
        .content_type = "application/json",
        .headers = &header,
        .header_count = 1,
        .body = buf_view(&body),
    };

    call_reply(call, &reply); /* copies the header and the body */
}
