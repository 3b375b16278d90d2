/* Collecting what is wrong with a configuration: everything, not only the first. */
#ifndef OS_FAULTS_H
#define OS_FAULTS_H

#include <stdio.h>

#include "os/options.h"

struct faults {
    arena *a;
    struct config_faults *out;
    size_t errors; /* those that are no warnings */
};

/* Where: "FILE:LINE:COL"; a line of 0 means the file as a whole, or no file at all. */
struct fault_place {
    const char *file;
    int line, column;
};

/* key: "agents[0].model"; NULL: the file itself. Sentences quote names, never values. At most
 * FAULTS_MAX are kept. */
void fault_add(struct faults *f, struct fault_place where, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
void fault_warn(struct faults *f, struct fault_place where, const char *key, const char *format,
                ...) PRINTF_LIKE(4, 5);

/* In the order of the file; what has no line comes last. */
void faults_sort(struct config_faults *faults);

/* INVALID with the first that is no warning, as "key: sentence", for who has room for one. */
MUST_USE agentos_status faults_first(const struct config_faults *faults, agentos_error *err);

/* "FILE:LINE:COL: key: sentence" a line; warnings say so before the sentence. */
void faults_print(const struct config_faults *faults, FILE *out);

/* A line of the log each. */
void faults_log(const struct config_faults *faults);

#endif
