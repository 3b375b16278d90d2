/* The key that chains the audit: the configuration's, else one that this installation made. */
#ifndef OS_AUDIT_KEY_H
#define OS_AUDIT_KEY_H

#include "audit/audit.h"
#include "os/options.h"

/* Opens the audit with `audit.key`; without one, with the key in the file DATABASE.audit-key
 * (0600), which is made when it is not there: it protects the chain from those who can write to the
 * database alone, not from those who can read its folder. For `memory`, with a key that is never
 * written. INVALID: the key is too short; UNAVAILABLE: the file cannot be read or made. *out is
 * freed with audit_free. Blocks. */
MUST_USE agentos_status audit_open(const struct options *options, struct audit **out,
                                   agentos_error *err);

#endif
