/* Reads the service accounts of a running server. */
#ifndef CLI_ACCOUNTS_H
#define CLI_ACCOUNTS_H

#include "base/limits.h"
#include "cli/remote.h"

/* The largest size of an account when it is written again, with every character escaped. */
enum { ACCOUNT_TEXT_MAX_BYTES = 8 * SERVER_ANSWER_MAX_BYTES };

/* Called for each account, which is valid until it returns. Returns false to stop. */
typedef bool accounts_visitor(void *user, const json_t *account);

/* Calls visit_account for each account, oldest first, until it returns false. Fetches one page at a
 * time. Fails like remote_call, and with UPSTREAM if an answer is not a list of accounts or there
 * are more than 50,000. Blocks. */
MUST_USE agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                                       accounts_visitor *visit_account, void *user,
                                       agentos_error *err);

/* Returns a string member of the account, or "" if it has none. Borrowed from the account. */
const char *account_text(const json_t *account, const char *name);

#endif
