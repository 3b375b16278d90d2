/* The problems of an input, as the list of a 422: [{"type","loc","msg","input","ctx"?}]. */
#ifndef JSON_PROBLEMS_H
#define JSON_PROBLEMS_H

#include "base/buf.h"
#include "json/shape.h"

struct problem {
    const char *type;  /* such as "missing" or "int_parsing" */
    const char *where; /* "body", "query" or "path" */
    const char *name;  /* the name of the field; NULL for the whole of `where` */
    bool has_position; /* the last part of loc is a number: that of an item, or an offset */
    size_t position;
    /* a member of the item at that position; NULL for the whole item */
    const char *member;
    const char *message; /* a sentence for a person */
    /* the offending text; NULL for input_json, or for null if that is NULL too */
    const char *input;
    const json_t *input_json;
    const char *input_raw; /* rendered JSON, instead of the other two */
    const char *ctx;       /* rendered JSON; NULL to leave it out */
};

struct problems {
    buf text; /* the rendered problems */
    size_t count;
};

static inline struct problems problems_none(void)
{
    return (struct problems){ .text = buf_with_limit(64 * 1024) };
}

/* Adds a problem, without its input if that is too long. If the list would exceed 64 KiB, the
 * problem is only counted. It is borrowed for the call. */
void problems_add(struct problems *p, const struct problem *problem);
void problems_add_missing(struct problems *p, const char *where, const char *name);
void problems_write(const struct problems *p, writer *w); /* writes the list */
/* The shape of an item of that list, whose record is a struct problem. */
extern const struct shape problem_shape;
void problems_clear(struct problems *p);

#define AUTO_PROBLEMS __attribute__((cleanup(problems_clear))) struct problems

#endif
