/* Refuses to serve other machines without authentication, unless --open is given. */
#include "os/exposure.h"

#include "base/ensure.h"

#include "loop/tcp.h"

/* Returns the host that exposes the server to other machines, or NULL. */
const char *exposure_of(const struct options *options)
{
    ensure(options->host != NULL);
    if (options->open || tcp_is_loopback(str_of(options->host)))
        return NULL;
    return options->host;
}

/* Fails if the host is exposed and there is no authentication. `host` comes from exposure_of. */
agentos_status exposure_check(const char *host, const struct authority *authority,
                              agentos_error *err)
{
    ensure(host == NULL || authority != NULL);
    if (host == NULL || authority_mode(authority) != AUTH_NONE)
        return AGENTOS_OK;
    return fail_about(
        err, AGENTOS_INVALID, "listen",
        "%s is reachable from elsewhere and there is no authentication; set "
        "`authorization: true` and a key, or say --open if everybody may do everything",
        host);
}
