/* Replies as bytes: status line, headers, chunks. Knows neither connections nor requests. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/buf.h"
#include "http/message.h"

/* How the end of a reply is told (RFC 9112 §6.3). */
enum reply_end { END_BY_LENGTH, END_BY_CHUNKS, END_BY_CLOSE };

struct reply_form {
    enum reply_end end;
    bool closes;      /* the connection, after this reply */
    const char *date; /* RFC 9110 §6.6.1 */
};

/* The head alone. The length is the body's, whether or not it is then sent: HEAD (RFC 9110 §9.3.2).
 */
void reply_append_head(buf *out, const struct reply *reply, const struct reply_form *form);

/* 204 and 304 have no body, and neither has any answer to HEAD (RFC 9112 §6.3). */
bool reply_has_body(int status, enum method method);

/* A chunk whose size is known when it is closed. `at` remembers where it began. */
void chunk_open(buf *out, size_t *at);
void chunk_close(buf *out, size_t at);
void chunk_append_last(buf *out);

#endif
