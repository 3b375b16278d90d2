/* Checks single values of the configuration: the id of an agent and the network of a proxy. Each
 * check returns NULL for a valid value and otherwise a sentence for the user. */
#include "os/option_checks.h"

#include "auth/scope/scope.h"
#include "http/network.h"

/* Returns NULL if the text is a valid id of an agent, otherwise the rule that it breaks. */
const char *check_agent_id(str text)
{
    return scope_id_is_valid(text) ? NULL
                                   : "must be 1 to 128 letters, digits, '.', '_', '~' or '-', but "
                                     "not '.' or '..'";
}

/* Returns NULL if the text is a valid network, otherwise the rule that it breaks. */
const char *check_network(str text)
{
    struct network network;

    return network_parse(text, &network)
               ? NULL
               : "must be a network such as 10.0.0.0/8 or ::1, with no bits behind the prefix";
}
