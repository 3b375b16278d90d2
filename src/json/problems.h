/* The problems of an input, as the list that the contract answers with 422:
 * [{"type","loc","msg","input","ctx"?}]. */
#ifndef JSON_PROBLEMS_H
#define JSON_PROBLEMS_H

#include "base/buf.h"
#include "json/shape.h"

struct problem {
    const char *type;  /* "missing", "int_parsing", ... */
    const char *where; /* "body", "query" or "path" */
    const char *name;  /* the field; NULL: the whole of where */
    bool has_position; /* the last part of loc is a number: an item, or an offset */
    size_t position;
    const char *member;  /* of the item at that position; NULL: the whole of it */
    const char *message; /* for a person */
    const char *input;   /* the offending text; NULL: input_json, or null */
    const json_t *input_json;
    const char *input_raw; /* instead of both: rendered JSON */
    const char *ctx;       /* rendered JSON; NULL: left out */
};

struct problems {
    buf text; /* one rendered problem after the other */
    size_t count;
};

static inline struct problems problems_none(void)
{
    return (struct problems){ .text = buf_with_limit(64 * 1024) };
}

/* Adds a problem; an input that is too long is left out of it, and past 64 KiB of list the whole
 * problem is, though it counts. problem is borrowed for the call. */
void problems_add(struct problems *p, const struct problem *problem);
void problems_add_missing(struct problems *p, const char *where, const char *name);
void problems_write(const struct problems *p, writer *w); /* the list */
/* An item of that list; the record is a struct problem. */
extern const struct shape problem_shape;
void problems_clear(struct problems *p);

#define AUTO_PROBLEMS __attribute__((cleanup(problems_clear))) struct problems

#endif
