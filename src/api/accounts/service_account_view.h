/* Service accounts as the contract shows them: never the token's hash. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_VIEW_H

#include "store/service_account.h"
#include "json/writer.h"

/* token NULL: it is not told, as everywhere but in the answer to its making. */
void service_account_view_write(const struct service_account *account, const char *token, arena *a,
                                writer *w);

/* "expires_at": 1795288580, or null for 0. */
void service_account_view_write_time(const char *name, int64_t time, writer *w);

#endif
