/* The service accounts of a running server: going through all of them, and ending one. */
#ifndef CLI_ACCOUNTS_H
#define CLI_ACCOUNTS_H

#include "base/limits.h"
#include "cli/remote.h"

/* No answer is longer once it is written again, be it all escapes or numbers such as 1e14. */
enum { ACCOUNT_TEXT_MAX_BYTES = 8 * SERVER_ANSWER_MAX_BYTES };

/* Oldest first, page by page; each is borrowed for the call of see, which says whether to go on.
 * UPSTREAM: as remote_call, or an answer that is no list of accounts. */
MUST_USE agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                                       bool (*see)(void *user, const json_t *account), void *user,
                                       agentos_error *err);

/* What people read of it; "" where the server says nothing. Borrowed. */
const char *account_text(const json_t *account, const char *name);

#endif
