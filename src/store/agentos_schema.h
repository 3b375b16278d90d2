/* Declarations that the schema of an AgentOS shares with the conversion of its rows. */
#ifndef STORE_AGENTOS_SCHEMA_H
#define STORE_AGENTOS_SCHEMA_H

/* The last script of step 4, which runs after every row has been converted. */
extern const char step_4_end[];

#endif
