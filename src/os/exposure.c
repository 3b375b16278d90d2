/* Refuses to serve without authentication on an address that other machines can reach, unless the
 * option --open permits it. Starting, reloading and checking a configuration all use this rule. */
#include "os/exposure.h"

#include "base/ensure.h"

#include "loop/tcp.h"

/* Returns the host of the options if other machines can reach it and --open does not permit that.
 * Returns NULL if the host needs no authentication. */
const char *exposure_of(const struct options *options)
{
    ensure(options->host != NULL);
    if (options->open || tcp_is_loopback(str_of(options->host)))
        return NULL;
    return options->host;
}

/* Returns INVALID if the host is exposed and the authority authenticates nobody. The host is NULL
 * if it is not exposed; see exposure_of. */
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
