/* The shape of a header block, byte by byte, before any parser sees it. Stricter than llhttp 8,
 * which takes continuation lines; says nothing about what the fields mean: see framing.h. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/str.h"

/* Why a request is not served. status 0: it is. detail is a constant sentence. */
struct refusal {
    int status;
    const char *detail;
};

/* Zero it for each block. */
struct head_scan {
    size_t line;        /* where the line being read begins */
    size_t seen;        /* no line ends before here */
    size_t fields;      /* header lines so far */
    bool is_past_first; /* the request line was read; set it for a block that has none: trailers */
};

/* bytes: the block so far, from its first byte on. Returns the length of the block with its empty
 * line, once it is there; 0 and no refusal: more bytes are needed. */
size_t head_scan(struct head_scan *scan, str bytes, struct refusal *why);

#endif
