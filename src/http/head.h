/* Scans a header block before a parser sees it. The scan is stricter than llhttp 8, which accepts
 * folded lines. framing.h checks the values of the fields. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/str.h"

/* The reason why a request is refused. status is 0 if it is not refused. detail is a constant
 * sentence. */
struct refusal {
    int status;
    const char *detail;
};

/* The state of a scan, which must be zeroed for each block. */
struct head_scan {
    size_t line;   /* where the current line begins */
    size_t seen;   /* no line ends before this index */
    size_t fields; /* the number of header lines so far */
    /* the request line has been read; set by the caller for trailers, which have none */
    bool is_past_first;
};

/* Scans the bytes of the block that have come so far, from its first byte on. Returns the length of
 * the block, including its empty line, when it is complete. Returns 0 if more bytes are needed, or
 * if the block is refused, in which case why->status is set. */
size_t head_scan(struct head_scan *scan, str bytes, struct refusal *why);

#endif
