/* Writes service accounts as JSON. The hash of the token is never written. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H

#include "store/service_account.h"
#include "json/shape.h"

/* The shape of an account, and that of the answer to its creation, which also contains the
 * token. */
extern const struct shape service_account_shape, new_service_account_shape;

/* Writes the account. `token` is NULL in all answers but the one to its creation. The arena is used
 * for temporary texts. */
void service_account_view_write(const struct service_account *account, const char *token, arena *a,
                                writer *w);

/* Writes a member such as "expires_at": 1795288580, in seconds since 1970; null for 0. */
void service_account_view_write_time(const char *name, int64_t time, writer *w);

#endif
