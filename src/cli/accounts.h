/* Reads the service accounts of a running server, for commands. */
#ifndef CLI_ACCOUNTS_H
#define CLI_ACCOUNTS_H

#include "base/limits.h"
#include "cli/remote.h"

/* The largest size of an account that is written again, even if it consists only of escapes or of
 * numbers such as 1e14. */
enum { ACCOUNT_TEXT_MAX_BYTES = 8 * SERVER_ANSWER_MAX_BYTES };

/* Called for one account, which is borrowed for the call. Returns false to end the visit. */
typedef bool accounts_visitor(void *user, const json_t *account);

/* Calls visit_account for every account, the oldest first, and fetches them page by page. Fails as
 * remote_call does, and with UPSTREAM if an answer is not a list of accounts or there are too many.
 * Blocks. */
MUST_USE agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                                       accounts_visitor *visit_account, void *user,
                                       agentos_error *err);

/* Returns a member of the account, or "" if the server sent none or it is not a string. Borrowed
 * from the account. */
const char *account_text(const json_t *account, const char *name);

#endif
