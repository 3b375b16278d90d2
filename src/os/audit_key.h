/* The key that chains the audit: the configuration's, else one of this installation's own. */
#ifndef OS_AUDIT_KEY_H
#define OS_AUDIT_KEY_H

#include "audit/audit.h"
#include "os/options.h"

/* `audit.key`; without one the file DATABASE.audit-key (0600), made when it is not there: it keeps
 * out who reaches the database alone, not who reads the folder. For `memory` a key of the process.
 * INVALID: too short; UNAVAILABLE: the file cannot be read or made. Blocks. */
MUST_USE agentos_status audit_open(const struct options *options, struct audit **out,
                                   agentos_error *err);

#endif
