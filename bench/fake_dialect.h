/* What the fake provider says in each API: templates, and frames rendered from them once. */
#ifndef BENCH_FAKE_DIALECT_H
#define BENCH_FAKE_DIALECT_H

#include "base/buf.h"

enum { FAKE_DIALECTS = 2 };

struct dialect {
    const char *path;
    const char *opening_event, *opening, *delta_event, *delta, *closing_event, *closing, *last,
        *whole;
    buf opening_frames, delta_frame, closing_frames, whole_body;
};

extern struct dialect fake_dialects[FAKE_DIALECTS];

void fake_render(int64_t deltas,
                 int64_t size_bytes); /* before the first request; deltas of that size */
void fake_forget(void);

#endif
