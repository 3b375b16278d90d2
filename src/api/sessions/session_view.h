/* Writes stored sessions in the forms of the contract (docs/design/contract.md §4). */
#ifndef API_SESSIONS_SESSION_VIEW_H
#define API_SESSIONS_SESSION_VIEW_H

#include "run/run_object.h"
#include "store/session.h"
#include "json/writer.h"

/* The shapes of an item of GET /sessions, and of one session in full. */
extern const struct shape session_item_shape, session_detail_shape;

/* Writes an item of GET /sessions. Members without a value are left out. */
void session_view_write_item(const struct session *session, writer *w);

/* Says whether members without a value are left out, as by GET and POST, or written as null, as
 * after a change. */
enum session_nulls { SESSION_NO_NULLS, SESSION_NULLS };

struct session_view {
    const struct session *session;
    const struct run_object *objects; /* its runs, oldest first, for the chat history */
    size_t count;
    enum session_nulls nulls;
};

/* Writes one session in full. Its members depend on its type. */
void session_view_write_detail(const struct session_view *view, writer *w);

#endif
