/* Writes the bytes of replies: the status line, the headers and the chunks. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/buf.h"
#include "http/message.h"

/* How the end of a reply is marked (RFC 9112 §6.3). */
enum reply_end { END_BY_LENGTH, END_BY_CHUNKS, END_BY_CLOSE };

struct reply_form {
    enum reply_end end;
    bool closes;      /* the connection is closed after this reply */
    const char *date; /* the value of the Date header (RFC 9110 §6.6.1) */
};

/* Appends the head of the reply. Its Content-Length is that of the body, which is not sent for HEAD
 * (RFC 9110 §9.3.2). */
void reply_append_head(buf *out, const struct reply *reply, const struct reply_form *form);

/* Returns true if the response has a body: 204, 304 and responses to HEAD have none (RFC 9112
 * §6.3). */
bool reply_has_body(int status, enum method method);

/* chunk_open begins a chunk and stores its position in *at; chunk_close writes its size. */
void chunk_open(buf *out, size_t *at);
void chunk_close(buf *out, size_t at);
void chunk_append_last(buf *out);

#endif
