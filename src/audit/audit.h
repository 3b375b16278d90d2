/* The audit log: a chain of rows. The MAC of each row covers the row and the MAC before it, so
 * without the key nobody can change a row, or remove or reorder rows before the last one,
 * unnoticed. The head states which row is the last, and so does the mark, which is kept in a file
 * outside of the database: by it audit_verify notices rows that were cut off the end, an older log,
 * and an empty one, unless the mark is replaced by an older one as well. The anchor states behind
 * which row the check begins, once older rows were removed or adopted. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/audit_table.h"

/* Holds the key, which does not change, and the mark, which is only used on the writer's thread. */
struct audit;

enum { AUDIT_KEY_MIN_BYTES = 32 };

/* Creates an audit log, which the caller must free with audit_free. The key is copied. Returns
 * INVALID if it is shorter than AUDIT_KEY_MIN_BYTES or longer than KEY_FILE_MAX_BYTES. */
MUST_USE agentos_status audit_new(str key, struct audit **out, agentos_error *err);
void audit_free(struct audit *audit); /* wipes the key; NULL is allowed */

/* Keeps the mark in the file at this path, from audit_start on. Called once, before the log is
 * used.
 */
void audit_keep_mark(struct audit *audit, const char *path);

/* Has failures to write the mark told, on the writer's thread. The rows are stored nevertheless,
 * and the next commit with rows tries again. Called before the log is used. */
void audit_tell_failures(struct audit *audit, void (*on_failure)(const agentos_error *why));

/* Compares the log with its mark, and has the mark follow it from now on. Without a mark, one is
 * made, and a row says so if the log has rows. Called in a write job, once, before the first
 * audit_append. Returns CONFLICT if the log was changed, sealed with another key or is behind its
 * mark, which then stays as it is until audit_adopt. The server may go on: audit_append tells what
 * cannot be recorded. */
MUST_USE agentos_status audit_start(const struct audit *audit, struct db_conn *conn, int64_t now_s,
                                    agentos_error *err);

/* Appends a row to the chain. Must be called in a write job, so that the row is stored together
 * with the change that it records, or not at all. The id and mac of the row are not read; its
 * action and target must not be NULL. Returns UNAVAILABLE if the stored end was changed or sealed
 * with another key: what cannot be recorded is not done. Also fails if the row is too long. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

enum { AUDIT_REASON_MAX_BYTES = 1024 };

struct audit_adoption {
    const char *actor, *action; /* of the row, such as "adopted" */
    const char *reason;         /* AUDIT_REASON_MAX_BYTES at most */
    int64_t now_s;
};

/* Begins a new chain behind the rows that are there, which remain, and behind those that the mark
 * names. Its first row says why. From now on only what follows is checked. Must be called in a
 * write job. Returns CONFLICT if a row has an id that no row can have. */
MUST_USE agentos_status audit_adopt(const struct audit *audit, struct db_conn *conn,
                                    const struct audit_adoption *adoption, agentos_error *err);

/* As audit_append, in a database that was put in the place of another: once this is committed, the
 * mark follows its log, whatever it named before. */
MUST_USE agentos_status audit_append_restored(const struct audit *audit, struct db_conn *conn,
                                              const struct audit_row *row, agentos_error *err);

enum { AUDIT_CUT_ROWS = 500 };

/* Removes the first rows that are older than before_s, at most AUDIT_CUT_ROWS, after checking them,
 * and moves the anchor behind them. The last row stays. Sets *removed to how many. Must be called
 * in a write job. Returns CONFLICT, and removes none, if one was changed: an edited time must not
 * let a row go. */
MUST_USE agentos_status audit_cut(const struct audit *audit, struct db_conn *conn, int64_t before_s,
                                  int64_t *removed, agentos_error *err);

/* How many rows were checked, and the id of the row behind which the check began: 0, unless older
 * rows were removed or adopted. */
struct audit_extent {
    int64_t checked, before;
};

/* Checks the whole chain. Must be called in a write job, because the chain must not grow meanwhile.
 * Returns CONFLICT, with the place, if the chain is broken or behind its mark. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     struct audit_extent *out, agentos_error *err);

#endif
