/* Finds the key of the audit log: that of the configuration, or else one that this installation has
 * made. */
#ifndef OS_AUDIT_KEY_H
#define OS_AUDIT_KEY_H

#include "audit/audit.h"
#include "os/options.h"

/* Opens the audit log with the key of `audit.key`. If there is none, the key is in the file
 * DATABASE.audit-key (0600), which is created if it does not exist. Such a key protects the chain
 * from those who can write to the database alone, but not from those who can read its folder. For a
 * database in memory, the key is new and never written. The caller must free *out with audit_free.
 * Returns INVALID if the key is too short or too long, and UNAVAILABLE if the file cannot be read
 * or created. Blocks. */
MUST_USE agentos_status audit_open(const struct options *options, struct audit **out,
                                   agentos_error *err);

#endif
