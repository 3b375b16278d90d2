/* Options of agno's Agent, AgentOS and AuthorizationConfig that have no row here, with what to do.
 */
#ifndef OS_AGNO_KEYS_H
#define OS_AGNO_KEYS_H

#include "config/option.h"

enum { AGNO_AGENT_KEYS = 116, AGNO_ROOT_KEYS = 36, AGNO_AUTHORIZATION_KEYS = 7 };
extern const struct foreign_key agno_agent_keys[AGNO_AGENT_KEYS], agno_root_keys[AGNO_ROOT_KEYS],
    agno_authorization_keys[AGNO_AUTHORIZATION_KEYS];

#endif
