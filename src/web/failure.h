/* The JSON of answers that fail. */
#ifndef WEB_FAILURE_H
#define WEB_FAILURE_H

#include "json/shape.h"

/* {"detail": SENTENCE}. */
extern const struct shape failure_shape;
/* {"detail": [PROBLEM ...]}, of 422. The record is a struct problems. */
extern const struct shape invalid_shape;

/* Writes an object of failure_shape with this sentence. */
void failure_write(const char *sentence, writer *w);

#endif
