/* The scan of a header block before any parser sees it. It is stricter than llhttp 8, which accepts
 * folded lines. What the fields mean is judged in framing.h. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/str.h"

/* Why a request is not served. status 0: it is not refused. detail is a constant sentence. */
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
 * line once it is complete. 0: more bytes are needed, or, if why->status is set, the block is
 * refused. */
size_t head_scan(struct head_scan *scan, str bytes, struct refusal *why);

#endif
