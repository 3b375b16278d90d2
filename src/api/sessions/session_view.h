/* Writes stored sessions as JSON (docs/design/contract.md §4). */
#ifndef API_SESSIONS_SESSION_VIEW_H
#define API_SESSIONS_SESSION_VIEW_H

#include "run/run_object.h"
#include "store/session.h"
#include "json/writer.h"

/* The shapes of an item of GET /sessions and of a full session. */
extern const struct shape session_item_shape, session_detail_shape;

/* Writes an item of GET /sessions, without the members that have no value. */
void session_view_write_item(const struct session *session, writer *w);

/* Whether members without a value are left out (GET and POST) or null (after a change). */
enum session_nulls { SESSION_NO_NULLS, SESSION_NULLS };

struct session_view {
    const struct session *session;
    const struct run_object *objects; /* its runs, oldest first, for the chat history */
    size_t count;
    enum session_nulls nulls;
};

/* Writes a full session. Its members depend on its type. */
void session_view_write_detail(const struct session_view *view, writer *w);

#endif
