/* The parts of the schema that convert_runs.c needs. */
#ifndef STORE_AGENTOS_SCHEMA_H
#define STORE_AGENTOS_SCHEMA_H

/* The last script of step 4, which runs after the rows have been converted. */
extern const char step_4_end[];

#endif
