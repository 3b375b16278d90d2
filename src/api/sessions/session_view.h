/* A stored session in the shapes of the contract (docs/design/contract.md §4). */
#ifndef API_SESSIONS_SESSION_VIEW_H
#define API_SESSIONS_SESSION_VIEW_H

#include "run/run_object.h"
#include "store/session.h"
#include "json/writer.h"

/* A row of GET /sessions; nulls are left out. */
void session_view_write_item(const struct session *session, writer *w);

/* Members without a value: left out by GET and POST, null after a change. */
enum session_nulls { SESSION_NO_NULLS, SESSION_NULLS };

struct session_view {
    const struct session *session;
    const struct run_object *objects; /* its runs, oldest first, for the chat history */
    size_t count;
    enum session_nulls nulls;
};

/* One session in full; the members are those of its type. */
void session_view_write_detail(const struct session_view *view, writer *w);

#endif
