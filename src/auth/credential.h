/* The credential in a request: found and named, not checked. */
#ifndef AUTH_CREDENTIAL_H
#define AUTH_CREDENTIAL_H

#include "base/error.h"
#include "http/message.h"

enum credential_kind {
    CREDENTIAL_NONE,
    CREDENTIAL_JWT,
    CREDENTIAL_SERVICE_ACCOUNT, /* "agno_pat_...", never tried as a JWT */
};

struct credential {
    enum credential_kind kind;
    str text; /* a view into the request; secret */
};

enum bare_tokens { BARE_ACCEPTED, BARE_REFUSED };

/* UNAUTHENTICATED: none, or one without a scheme where those are refused. INVALID: two
 * Authorization headers, or an access_token in the query (RFC 6750 §2.3 and security by URL do not
 * go together). */
MUST_USE agentos_status credential_find(const struct request *request, enum bare_tokens bare,
                                        struct credential *out, agentos_error *err);

#endif
