/* The body of POST /service-accounts and the checks of its members. Whether the caller may grant
 * the scopes is decided in service_account_create.c. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H

#include "json/fields.h"

struct account_body {
    const char *name;
    const json_t *scopes; /* the list as it was sent; NULL once it is checked */
    int64_t expires_in_days;
    bool never_expires, allow_privileged_scopes;
    const char **scope_texts; /* those of the list, or the default ones */
    size_t scope_count;
};

/* Its members, for the row's input. */
extern const struct field service_account_fields[];

/* Sets what a body means that leaves it out. Called before the body is read. */
void service_account_body_init(struct account_body *body);

/* Checks the members and copies them to the arena, since the parsed body is not kept while the
 * write waits. false: the problems say what is wrong. true: the name and all scopes are there. */
MUST_USE bool service_account_body_check(struct account_body *body, arena *a,
                                         struct problems *problems);

#endif
