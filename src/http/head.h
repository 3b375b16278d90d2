/* Scans a header block before it is parsed, more strictly than llhttp 8. framing.h checks the
 * fields' values. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/str.h"

/* Why a request is refused; status is 0 if it is not. detail is a constant. */
struct refusal {
    int status;
    const char *detail;
};

/* The state of a scan, zeroed for each block. */
struct head_scan {
    size_t line;   /* where the current line begins */
    size_t seen;   /* no line ends before this index */
    size_t fields; /* the number of header lines so far */
    /* the request line was read; set by the caller for trailers, which have none */
    bool is_past_first;
};

/* Scans the bytes of the block received so far, from its first byte. Returns the length of the
 * block, with its empty line, once it is complete. Otherwise returns 0, with why->status set if the
 * block is refused. */
size_t head_scan(struct head_scan *scan, str bytes, struct refusal *why);

#endif
