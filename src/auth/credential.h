/* The credential of a request, found but not checked. */
#ifndef AUTH_CREDENTIAL_H
#define AUTH_CREDENTIAL_H

#include "base/error.h"
#include "http/message.h"

enum credential_kind {
    CREDENTIAL_NONE,
    CREDENTIAL_JWT,             /* a JWT or a secret of this server */
    CREDENTIAL_SERVICE_ACCOUNT, /* begins with "agno_pat_" and is never tried as a JWT */
};

struct credential {
    enum credential_kind kind;
    str text;         /* a view of the request; secret */
    bool from_cookie; /* added by the browser; see cross_site.h */
};

enum token_source { TOKEN_IN_HEADER, TOKEN_IN_COOKIE, TOKEN_IN_EITHER };
enum bare_tokens { BARE_ACCEPTED, BARE_REFUSED };

/* Where a server looks for a credential. */
struct credential_rules {
    enum token_source source;
    enum bare_tokens bare; /* whether a header may omit the scheme */
    const char *header, *cookie;
    bool is_security_key; /* the server expects the security key */
};

/* Finds the credential of a request and stores it in *out, as a view of the request. The header
 * takes precedence over the cookie, even if its credential is invalid. Returns UNAUTHENTICATED if
 * there is no credential, or if it lacks a required scheme. Returns INVALID if the header or the
 * cookie is repeated, or if the query has an access_token, because URLs end up in logs (RFC 6750
 * §5.3). */
MUST_USE agentos_status credential_find(const struct request *request,
                                        const struct credential_rules *rules,
                                        struct credential *out, agentos_error *err);

/* Returns whether the request has anything in the places for tokens, which makes a challenge more
 * specific (challenge.h). */
bool credential_is_present(const struct request *request, const struct credential_rules *rules);

#endif
