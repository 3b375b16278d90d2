/* The answer to a refused caller, and what the audit and the counters keep of it. */
#include "web/call.h"

#include "auth/account/failures.h"
#include "auth/challenge.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"

/* For the metrics and the audit, where equal denials of a minute are one row. */
static void record_denial(const struct call *call, const agentos_error *err)
{
    const struct route *row = call->route;

    ensure(call->principal != NULL);
    const struct denial denial = {
        .status = err->status,
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

void call_deny(struct call *call, const agentos_error *err, const char *scope)
{
    AUTO_BUF body = buf_with_limit(8 * KiB);
    writer w = { .out = &body };
    bool had_credential =
        credential_is_present(call->request, authority_credentials(call->surface->authority));
    const char *challenge = auth_challenge(call->arena, err, had_credential, scope);
    const struct header header =
        err->status == AGENTOS_TOO_MANY
            ? (struct header){ STR("retry-after"),
                               str_of(arena_printf(call->arena, "%d", FAILURES_WINDOW_S)) }
            : (struct header){ STR("www-authenticate"), str_of(challenge) };

    ensure(err->status != AGENTOS_OK);
    call->refusal = (enum refusal_code)err->code;
    record_denial(call, err);
    write_object(&w);
    write_member(&w, "detail", err->message);
    write_end(&w);
    call_reply(call, &(struct reply){
                         .status = agentos_status_http(err->status),
                         .content_type = "application/json",
                         .headers = &header,
                         .header_count = 1,
                         .body = buf_view(&body),
                     });
}
