/* Writers of the event members that repeat data of the run. Live events and stored ones share them.
 */
#ifndef RUN_RUN_EVENT_FIELDS_H
#define RUN_RUN_EVENT_FIELDS_H

#include "run/run_object.h"

/* Writes the members of EVENT_USAGE. time_to_first_token is in seconds since the model was asked.
 */
void run_event_write_usage(const struct model_usage *usage, double time_to_first_token, writer *w);

/* Writes the members of EVENT_RESULT. */
void run_event_write_result(const struct run_object *object, writer *w);

#endif
