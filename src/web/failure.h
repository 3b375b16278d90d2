/* JSON bodies of error responses. */
#ifndef WEB_FAILURE_H
#define WEB_FAILURE_H

#include "json/shape.h"

/* The shape {"detail": SENTENCE}. */
extern const struct shape failure_shape;
/* The shape {"detail": [PROBLEM ...]} of a 422. The record is a struct problems. */
extern const struct shape invalid_shape;

/* Writes {"detail": SENTENCE}. */
void failure_write(const char *sentence, writer *w);

#endif
