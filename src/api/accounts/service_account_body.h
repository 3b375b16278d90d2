/* The body of POST /service-accounts, read and checked. Whether the caller may grant the scopes is
 * decided in service_account_create.c. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_BODY_H

#include "web/body.h"

struct account_body {
    const char *name;
    const json_t *scopes; /* the list as it was sent; NULL once it is read */
    int64_t expires_in_days;
    bool never_expires, allow_privileged_scopes;
    const char **scope_texts; /* those of the list, or the default ones */
    size_t scope_count;
};

/* Reads the body of this request. false: the problems say what is wrong with it. true: every text
 * is there, and owned by the arena; the parsed body is not kept, since the write may wait. */
MUST_USE bool service_account_body_read(const struct request *request, arena *a,
                                        struct account_body *body, struct problems *problems);

#endif
