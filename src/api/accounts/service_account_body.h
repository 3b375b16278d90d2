/* The body of POST /service-accounts. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H

#include "json/fields.h"

struct account_body {
    const char *name;
    const json_t *scopes; /* the list in the request; NULL after the check */
    int64_t expires_in_days;
    bool never_expires, allow_privileged_scopes;
    const char **scope_texts; /* the scopes of the list, or the defaults */
    size_t scope_count;
};

/* The members of the body. */
extern const struct field service_account_fields[];

/* Sets the defaults. Must be called before the body is read. */
void service_account_body_init(struct account_body *body);

/* Checks the members and copies the name and the scopes to the arena. Returns false if problems
 * were added. On success the body has a name, and every scope has a text. */
MUST_USE bool service_account_body_check(struct account_body *body, arena *a,
                                         struct problems *problems);

#endif
