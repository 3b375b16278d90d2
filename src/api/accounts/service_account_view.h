/* Writes service accounts as JSON, without the hash of the token. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H

#include "store/service_account.h"
#include "json/shape.h"

/* The shape of an account, and the shape of the answer to its creation, which adds the token. */
extern const struct shape service_account_shape, new_service_account_shape;

/* Writes the account, with the token unless it is NULL. Uses the arena for temporary texts. */
void service_account_view_write(const struct service_account *account, const char *token, arena *a,
                                writer *w);

/* Writes a member such as "expires_at": 1795288580, in seconds since 1970, or null for 0. */
void service_account_view_write_time(const char *name, int64_t time, writer *w);

#endif
