/* Replies as bytes: status line, headers and chunks. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/buf.h"
#include "http/message.h"

/* How the client recognizes the end of a reply (RFC 9112 §6.3). */
enum reply_end { END_BY_LENGTH, END_BY_CHUNKS, END_BY_CLOSE };

struct reply_form {
    enum reply_end end;
    bool closes;      /* the connection, after this reply */
    const char *date; /* RFC 9110 §6.6.1 */
};

/* Appends the head. Its length is that of the body, even if the body is not sent: HEAD (RFC 9110
 * §9.3.2). */
void reply_append_head(buf *out, const struct reply *reply, const struct reply_form *form);

/* 204 and 304 have no body, and neither has any answer to HEAD (RFC 9112 §6.3). */
bool reply_has_body(int status, enum method method);

/* A chunk whose size is written when it is closed. *at: where it began. */
void chunk_open(buf *out, size_t *at);
void chunk_close(buf *out, size_t at);
void chunk_append_last(buf *out);

#endif
