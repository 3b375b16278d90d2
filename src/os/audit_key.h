/* Opens the audit log with the configured key or a generated one. */
#ifndef OS_AUDIT_KEY_H
#define OS_AUDIT_KEY_H

#include "audit/audit.h"
#include "os/options.h"

/* Opens the audit log with the key of `audit.key`. Without one, uses the file DATABASE.audit-key
 * (0600), which is created if it does not exist. That file protects the chain only from those who
 * cannot read its folder. A database in memory gets a new key that is never written, and no
 * mark; else the mark is the file of `audit.mark`, or DATABASE.state.mark (0600). The caller must
 * free *out with audit_free. Returns INVALID if the key is too short or too long, and
 * UNAVAILABLE if the file cannot be read or created. Blocks. */
MUST_USE agentos_status audit_open(const struct options *options, struct audit **out,
                                   agentos_error *err);

#endif
