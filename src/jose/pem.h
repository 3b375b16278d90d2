/* One PEM block (RFC 7468), as people paste it. It is repaired if only one repair is possible.
 * key_format.h reads the bytes inside. */
#ifndef JOSE_PEM_H
#define JOSE_PEM_H

#include "base/error.h"
#include "base/str.h"

enum { PEM_LABEL_SIZE = 32 };

struct pem {
    char label[PEM_LABEL_SIZE]; /* such as "PUBLIC KEY" */
    unsigned char *der;
    size_t der_len;
};

/* Reads the one PEM block in the text into *out, which the caller must pass to pem_clear; *out is
 * set only on success. Literal "\n" sequences, CRLF, blanks instead of line breaks, missing line
 * breaks, and quotes, blanks or a byte order mark around the block are repaired. Everything else is
 * strict: there must be one block (which EC PARAMETERS may precede) with matching labels and
 * complete base64, and nothing beside it. Returns INVALID with a sentence that quotes nothing of
 * the text. */
MUST_USE agentos_status pem_read(str text, struct pem *out, agentos_error *err);

bool pem_is_likely(str text); /* whether the text contains the beginning of a BEGIN line */

void pem_clear(struct pem *pem); /* wipes and frees the bytes */
#define AUTO_PEM __attribute__((cleanup(pem_clear))) struct pem

#endif
