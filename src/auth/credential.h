/* The credential in a request: found and named, not checked. */
#ifndef AUTH_CREDENTIAL_H
#define AUTH_CREDENTIAL_H

#include "base/error.h"
#include "http/message.h"

enum credential_kind {
    CREDENTIAL_NONE,
    CREDENTIAL_JWT,             /* or a secret of the server's own, which has no shape */
    CREDENTIAL_SERVICE_ACCOUNT, /* "agno_pat_...", never tried as a JWT */
};

struct credential {
    enum credential_kind kind;
    str text;         /* a view into the request; secret */
    bool from_cookie; /* a browser sends it by itself: see cross_site.h */
};

enum token_source { TOKEN_IN_HEADER, TOKEN_IN_COOKIE, TOKEN_IN_EITHER };
enum bare_tokens { BARE_ACCEPTED, BARE_REFUSED };

/* Where a server looks. */
struct credential_rules {
    enum token_source source;
    enum bare_tokens bare; /* a header's value without a scheme */
    const char *header, *cookie;
    bool is_security_key; /* one key for everybody is asked for, not a token */
};

/* UNAUTHENTICATED: none, or one without a scheme where those are refused. INVALID: the header
 * twice, or an access_token in the query (RFC 6750 §2.3 and security by URL do not go together). A
 * header goes before a cookie, and a bad one is not rescued by it. */
MUST_USE agentos_status credential_find(const struct request *request,
                                        const struct credential_rules *rules,
                                        struct credential *out, agentos_error *err);

/* Is there anything where the rules look? For the challenge, which says more to who has tried. */
bool credential_is_present(const struct request *request, const struct credential_rules *rules);

#endif
