/* Keeps the members of a session's state that belong to tokens apart from what clients send. */
#include "api/state_claims.h"

#include "auth/authority.h"
#include "base/ensure.h"
#include "base/limits.h"

static struct claim_names names_of(const struct call *call)
{
    ensure(call->surface->authority != NULL);
    return authority_state_claims(call->surface->authority);
}

/* Renders the values in the token. A token is smaller than the limit. */
static const char *render_values(const json_t *values, arena *a)
{
    AUTO_BUF text = buf_with_limit(SESSION_STATE_MAX_BYTES);

    if (values == NULL)
        return NULL;
    write_json(&(writer){ .out = &text }, values);
    ensure(buf_ok(&text));
    return arena_copy(a, buf_view(&text));
}

struct claimed_state state_claims_of(const struct call *call, arena *a)
{
    struct claim_names names = names_of(call);

    return (struct claimed_state){
        .names = names.all,
        .count = names.count,
        .values = render_values(call->principal->session_state, a),
    };
}

json_t *state_without_claims(const struct call *call, const json_t *state)
{
    struct claim_names names = names_of(call);
    json_t *rest = json_is_object(state) ? json_deep_copy(state) : NULL;

    for (size_t i = 0; rest != NULL && i < names.count; i++)
        (void)json_object_del(rest, names.all[i]); /* it may not be there */
    return rest;
}
