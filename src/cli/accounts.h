/* The service accounts of a running server, as commands read them. */
#ifndef CLI_ACCOUNTS_H
#define CLI_ACCOUNTS_H

#include "base/limits.h"
#include "cli/remote.h"

/* An account takes at most this much when it is written again, even if it consists of escapes or of
 * numbers such as 1e14. */
enum { ACCOUNT_TEXT_MAX_BYTES = 8 * SERVER_ANSWER_MAX_BYTES };

/* Is called for one account, which it borrows; false ends the visit. */
typedef bool accounts_visitor(void *user, const json_t *account);

/* Calls visit_account for every account, oldest first, fetching page by page. UPSTREAM: as
 * remote_call, or the answer is not a list of accounts. Blocks. */
MUST_USE agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                                       accounts_visitor *visit_account, void *user,
                                       agentos_error *err);

/* A member of the account; "" where the server sent none or it is not a string. Borrowed. */
const char *account_text(const json_t *account, const char *name);

#endif
