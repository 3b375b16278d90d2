/* Reads one PEM block (RFC 7468) and repairs its line breaks. key_format.h reads the bytes inside.
 */
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

/* Reads the only PEM block of the text. The caller must pass *out, set only on success, to
 * pem_clear. Accepts literal "\n", CRLF, spaces or nothing in place of line breaks, and quotes,
 * whitespace or a byte order mark around the block. Otherwise there must be exactly one block,
 * which EC PARAMETERS may precede, with matching labels and complete base64. Returns INVALID with a
 * message that does not quote the text. */
MUST_USE agentos_status pem_read(str text, struct pem *out, agentos_error *err);

bool pem_is_likely(str text); /* true if the text contains "-----BEGIN" */

void pem_clear(struct pem *pem); /* wipes and frees the bytes */
#define AUTO_PEM __attribute__((cleanup(pem_clear))) struct pem

#endif
