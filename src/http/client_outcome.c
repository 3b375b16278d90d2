/* Maps curl's result codes to a status and a message. curl's own message may contain the URL. */
#include <errno.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "http/client_internal.h"

// clang-format off
static const struct outcome known_outcomes[] = {
    { CURLE_OK,                       AGENTOS_OK,       "" },
    { CURLE_COULDNT_RESOLVE_HOST,     AGENTOS_UPSTREAM, "the host name could not be resolved" },
    { CURLE_COULDNT_RESOLVE_PROXY,    AGENTOS_UPSTREAM, "the proxy's name could not be resolved" },
    { CURLE_COULDNT_CONNECT,          AGENTOS_UPSTREAM, "no connection could be made" },
    { CURLE_OPERATION_TIMEDOUT,       AGENTOS_TIMEOUT,  "the time for the whole answer has passed" },
    { CURLE_GOT_NOTHING,              AGENTOS_UPSTREAM, "the connection was closed without an answer" },
    { CURLE_PARTIAL_FILE,             AGENTOS_UPSTREAM, "the connection was closed before the end of the answer" },
    { CURLE_RECV_ERROR,               AGENTOS_UPSTREAM, "the answer is malformed" },
    { CURLE_SEND_ERROR,               AGENTOS_UPSTREAM, "the request could not be sent" },
    { CURLE_PEER_FAILED_VERIFICATION, AGENTOS_UPSTREAM, "the server's certificate is not trusted" },
    { CURLE_SSL_CONNECT_ERROR,        AGENTOS_UPSTREAM, "the TLS handshake failed" },
    { CURLE_SSL_CACERT_BADFILE,       AGENTOS_UPSTREAM, "the system's CA certificates cannot be read" },
    { CURLE_URL_MALFORMAT,            AGENTOS_UPSTREAM, "the URL is malformed" },
    { CURLE_UNSUPPORTED_PROTOCOL,     AGENTOS_UPSTREAM, "the URL is neither http nor https, or the answer not HTTP/1" },
    { CURLE_WEIRD_SERVER_REPLY,       AGENTOS_UPSTREAM, "the answer is not HTTP" },
    { CURLE_WRITE_ERROR,              AGENTOS_UPSTREAM, "the answer's headers are malformed or too large" },
    /* curl reports a header line over 100 KiB so; where memory really ends, this process aborts. */
    { CURLE_OUT_OF_MEMORY,            AGENTOS_UPSTREAM, "the answer's headers are malformed or too large" },
};
// clang-format on

/* Returns the outcome for curl's code alone. */
static struct outcome outcome_of(CURLcode code)
{
    for (size_t i = 0; i < COUNT(known_outcomes); i++)
        if (known_outcomes[i].code == code)
            return known_outcomes[i];
    return (struct outcome){ code, AGENTOS_UPSTREAM, curl_easy_strerror(code) };
}

/* Returns whether OpenSSL found no authority that vouches for the certificate: none is known, or
 * the certificate is its own authority. */
static bool lacks_authority(long verdict)
{
    switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return true;
    default: return false;
    }
}

/* Returns what is wrong with a certificate whose authority is known. OpenSSL does not judge the
 * host's name, which curl does first. */
static const char *describe_verdict(long verdict)
{
    switch (verdict) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: return "the server's certificate is not for this host name";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the server's certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the server's certificate is not valid yet; compare the clocks";
    default: return "the server's certificate is not trusted";
    }
}

/* Returns why the server's certificate is not trusted, and which option helps. The text may belong
 * to the fetch. */
static const char *describe_distrust(struct fetch *fetch)
{
    long verdict = X509_V_OK; /* of OpenSSL */

    (void)curl_easy_getinfo(fetch->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    if (!lacks_authority(verdict))
        return describe_verdict(verdict);
    if (fetch->authorities_option == NULL)
        return "the server's certificate is not trusted";
    (void)snprintf(fetch->reason, sizeof(fetch->reason),
                   fetch->has_authorities
                       ? "the server's certificate is not trusted: %s does not have its authority"
                       : "the server's certificate is not trusted; if its authority is your own, "
                         "name the authority's certificate in %s",
                   fetch->authorities_option);
    return fetch->reason;
}

/* Returns why no connection was made: the system's error, or that we did not want one. */
static const char *describe_unconnected(const struct fetch *fetch, long cause,
                                        const char *otherwise)
{
    if (fetch->is_forbidden)
        return "the host's address is not one that may be called";
    return cause == ECONNREFUSED ? "connection refused" : otherwise;
}

/* Returns the outcome of a fetch, with a more specific message where one is known. */
struct outcome outcome_of_fetch(struct fetch *fetch, CURLcode code)
{
    struct outcome outcome = outcome_of(code);
    curl_off_t connected_us = 0, begun_us = 0;
    long cause = 0;

    ensure(fetch->is_started);
    /* What curl does not know stays 0. */
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &cause);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_PRETRANSFER_TIME_T, &begun_us);
    /* A reused connection has no connect time, but it has the time at which the request began. */
    bool is_connected = connected_us != 0 || begun_us != 0;
    if (code == CURLE_COULDNT_CONNECT)
        outcome.reason = describe_unconnected(fetch, cause, outcome.reason);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        outcome.reason = describe_distrust(fetch);
    if (cause == ECONNRESET || cause == EPIPE)
        outcome.reason = "the connection was reset";
    if (code == CURLE_OPERATION_TIMEDOUT && !is_connected)
        outcome = (struct outcome){ code, AGENTOS_UPSTREAM, "the connection took too long" };
    return outcome;
}
