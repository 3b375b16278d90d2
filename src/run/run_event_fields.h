/* What events repeat of a run, written alike while it runs and when it is read again. */
#ifndef RUN_RUN_EVENT_FIELDS_H
#define RUN_RUN_EVENT_FIELDS_H

#include "run/run_object.h"

/* The members of EVENT_USAGE. time_to_first_token: seconds since the model was asked. */
void run_event_write_usage(const struct model_usage *usage, double time_to_first_token, writer *w);

/* The members of EVENT_RESULT. */
void run_event_write_result(const struct run_object *object, writer *w);

#endif
