/* The MACs of the audit log. Private to this room. */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include "audit/audit.h"

/* A place in the chain: the id and the MAC of a row, which are 0 and "" before the first row. */
struct place_in_chain {
    int64_t row;
    char mac[AUDIT_MAC_SIZE];
};

/* What a place is sealed as, so that one cannot be passed off as another. */
enum seal_kind {
    SEAL_HEAD,   /* the last row; in the table audit_head */
    SEAL_ANCHOR, /* the row behind which the check of the chain begins; in the settings */
    SEAL_MARK,   /* the last row; in a file outside of the database */
};

struct mark;

struct audit {
    struct mark *mark; /* of the writer's thread; NULL if the log has none */
    size_t len;        /* of the key: AUDIT_KEY_MIN_BYTES to KEY_FILE_MAX_BYTES */
    unsigned char key[];
};

/* Writes the MAC of the row to out. before is the MAC of the row before it, or "" for the first
 * row. Returns CONFLICT if the row is longer than any that is written here. */
MUST_USE agentos_status seal_row(const struct audit *audit, const char *before,
                                 const struct audit_row *row, char out[AUDIT_MAC_SIZE],
                                 agentos_error *err);

/* Writes the MAC of a place to out. */
void seal_place(const struct audit *audit, enum seal_kind kind, const struct place_in_chain *place,
                char out[AUDIT_MAC_SIZE]);

/* Compares two MACs in constant time. Returns false for a text that does not have the length of
 * one. */
bool seals_match(const char *a, const char *b);

/* A place as a text with its seal, for the settings and the file of the mark. read_sealed returns
 * false if the text was not written with this key and kind. */
enum { SEALED_PLACE_SIZE = 256 };
void write_sealed(const struct audit *audit, enum seal_kind kind,
                  const struct place_in_chain *place, char out[SEALED_PLACE_SIZE]);
MUST_USE bool read_sealed(const struct audit *audit, enum seal_kind kind, str text,
                          struct place_in_chain *out);

#endif
