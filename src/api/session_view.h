/* A stored session in the shapes of the reading routes (routes.md §7). Nulls are left out. */
#ifndef API_SESSION_VIEW_H
#define API_SESSION_VIEW_H

#include "store/session.h"
#include "json/parse.h"
#include "json/writer.h"

/* A row of GET /sessions. */
void session_view_write_item(const struct session *session, writer *w);

/* GET /sessions/{id}; objects: its runs, oldest first, for the chat history. */
void session_view_write_detail(const struct session *session, const json_t *const *objects,
                               size_t count, writer *w);

#endif
