/* Writes JSON into a buffer without building a tree. */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

enum { WRITER_DEPTH_MAX = 63 };

/* { .out = &buffer } begins a text. */
typedef struct {
    buf *out;
    uint64_t is_array; /* bit d is set if the container at depth d is an array */
    unsigned depth;    /* the number of open containers; at most WRITER_DEPTH_MAX */
    bool comma;        /* the next value needs a comma before it */
} writer;

void write_object(writer *w);
void write_array(writer *w);
void write_end(writer *w); /* closes the innermost object or array */
void write_key(writer *w, const char *name);
void write_key_str(writer *w, str name);

void write_str(writer *w, str text);            /* the text must be UTF-8 */
void write_string(writer *w, const char *text); /* NULL writes null */
void write_bool(writer *w, bool value);
void write_integer(writer *w, int64_t value);
/* writes the fewest digits, at least 15, that read back as the same value */
void write_real(writer *w, double value);
void write_null(writer *w);
/* writes a stored value unchanged; NULL writes null */
void write_json(writer *w, const json_t *value);
void write_raw(writer *w, str json); /* writes a rendered value, which is not checked */

/* These write a key and its value. `_if` writes neither if the text is NULL. */
void write_member(writer *w, const char *name, const char *text);
void write_member_if(writer *w, const char *name, const char *text);
void write_member_int(writer *w, const char *name, int64_t value);
void write_member_bool(writer *w, const char *name, bool value);
void write_member_real(writer *w, const char *name, double value);

#endif
