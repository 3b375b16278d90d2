/* The options of agentos.yaml and of the maps nested in it. */
#ifndef OS_OPTIONS_TABLE_H
#define OS_OPTIONS_TABLE_H

#include "config/option.h"

extern const struct option_section option_root, option_model, option_agent, option_issuer;

/* A map of lists of texts, read into a const struct named_scopes * with the count at `also`. */
#define SCOPES(type, member, counter)           \
    OWN(read_scopes, "scopes", "map of lists"), \
        .at = AT(type, member, const struct named_scopes *), .also = AT(type, counter, size_t)

#endif
