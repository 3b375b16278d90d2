/* One PEM block as people paste it (RFC 7468), repaired where only one repair is possible.
 * key_format.h reads the bytes inside. */
#ifndef JOSE_PEM_H
#define JOSE_PEM_H

#include "base/error.h"
#include "base/str.h"

enum { PEM_LABEL_SIZE = 32 };

struct pem {
    char label[PEM_LABEL_SIZE]; /* "PUBLIC KEY" */
    unsigned char *der;
    size_t der_len;
};

/* Literal "\n", CRLF, blanks for line breaks or none at all, and quotes, blanks or a byte order
 * mark around it are repaired; the rest is strict: one block (after EC PARAMETERS), matching
 * labels, whole base64, nothing else beside it. *out is the caller's, for pem_clear. INVALID with a
 * sentence that quotes nothing of the text. */
MUST_USE agentos_status pem_read(str text, struct pem *out, agentos_error *err);

bool pem_is_likely(str text); /* has it a BEGIN line somewhere? */

void pem_clear(struct pem *pem); /* wipes */
#define AUTO_PEM __attribute__((cleanup(pem_clear))) struct pem

#endif
