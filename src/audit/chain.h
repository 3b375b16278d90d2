/* The places of the chain that the database holds. Private to this room. All functions block and
 * run inside a job. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/seal.h"

/* Reads the anchor, behind which the check begins: 0 and "" if nothing was cut off or adopted.
 * Returns CONFLICT if it was changed or sealed with another key. */
MUST_USE agentos_status chain_read_anchor(const struct audit *audit, struct db_conn *conn,
                                          struct place_in_chain *out, agentos_error *err);
MUST_USE agentos_status chain_write_anchor(const struct audit *audit, struct db_conn *conn,
                                           const struct place_in_chain *anchor, agentos_error *err);

/* Reads the last row and its MAC, as the head names them. Returns CONFLICT if the head was changed
 * or sealed with another key, or is not the end of what is there. */
MUST_USE agentos_status chain_read_end(const struct audit *audit, struct db_conn *conn,
                                       struct place_in_chain *out, agentos_error *err);

/* Reads the MAC of the row with this id. Sets it to "" if there is no such row, or its MAC does not
 * have the length of one. */
MUST_USE agentos_status chain_read_mac(struct db_conn *conn, int64_t row, char out[AUDIT_MAC_SIZE],
                                       agentos_error *err);

/* Returns CONFLICT, with how much is missing, if the database lacks what the mark names. end is the
 * last row there. A mark that does not name a row behind the anchor says nothing. */
MUST_USE agentos_status chain_compare_mark(const struct audit *audit, struct db_conn *conn,
                                           const struct place_in_chain *anchor, int64_t end,
                                           agentos_error *err);

/* Checks that the row has the expected id and the MAC that follows from mac, the MAC of the row
 * before it. On success, mac is replaced by the MAC of this row. Returns CONFLICT otherwise. */
MUST_USE agentos_status chain_check_row(const struct audit *audit, const struct audit_row *row,
                                        int64_t expected_id, char mac[AUDIT_MAC_SIZE],
                                        agentos_error *err);

#endif
