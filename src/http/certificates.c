/* Finds the system's certificates. The path of libcurl is the one of the distribution that it was
 * built on, but the wheel and the tarball bring their libcurl to other distributions. */
#include "http/certificates.h"

#include <unistd.h>

#include "base/ensure.h"
#include "base/mem.h"

const char *certificates_find_in(const char *built_in, const char *const *names, size_t count)
{
    ensure(names != NULL || count == 0);
    if (built_in != NULL && access(built_in, R_OK) == 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (access(names[i], R_OK) == 0)
            return names[i];
    return NULL;
}

const char *certificates_find(const char *built_in)
{
    static const char *const names[] = {
        "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, Red Hat */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* the same, newer */
        "/etc/ssl/ca-bundle.pem",                            /* SUSE */
        "/etc/ssl/cert.pem",                                 /* FreeBSD's layout */
    };

    return certificates_find_in(built_in, names, COUNT(names));
}
