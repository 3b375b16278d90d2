/* Validates single values of the configuration. */
#include "os/option_checks.h"

#include <ctype.h>

#include "auth/scope/scope.h"
#include "base/mem.h"
#include "http/network.h"

/* Returns NULL if the agent id is valid, or the rule it breaks. */
const char *check_agent_id(str text)
{
    return scope_id_is_valid(text) ? NULL
                                   : "must be 1 to 128 letters, digits, '.', '_', '~' or '-', but "
                                     "not '.' or '..'";
}

/* Returns NULL if the network is valid, or the rule it breaks. */
const char *check_network(str text)
{
    struct network network;

    return network_parse(text, &network)
               ? NULL
               : "must be a network such as 10.0.0.0/8 or ::1, with no bits behind the prefix";
}

/* Removes the default port of a lowercase origin. */
static str without_default_port(str origin)
{
    static const struct {
        str scheme, port;
    } defaults[] = {
        { STR_INIT("http:"), STR_INIT(":80") },
        { STR_INIT("https:"), STR_INIT(":443") },
    };

    for (size_t i = 0; i < COUNT(defaults); i++)
        if (str_starts(origin, defaults[i].scheme) && str_ends(origin, defaults[i].port))
            origin.len -= defaults[i].port.len;
    return origin;
}

const char *origin_normalize(arena *a, str origin)
{
    char *copy = arena_copy(a, origin);

    for (size_t i = 0; i < origin.len; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return arena_copy(a, without_default_port((str){ copy, origin.len }));
}
