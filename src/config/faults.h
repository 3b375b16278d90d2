/* The errors and warnings ("faults") of a configuration. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

/* The faults, each printed as "FILE:LINE:COL: key: sentence". */
struct config_faults {
    struct config_fault {
        const char *file, *key, *sentence;
        int line, column; /* from 1; 0 if the fault has no line */
        bool is_warning;
    } * all;
    size_t count; /* at most FAULTS_MAX */
};

/* The collector of faults. The array and its strings are in the arena. */
struct faults {
    arena *a;
    struct config_faults *out;
    /* the number of errors, including those beyond FAULTS_MAX */
    size_t errors;
};

/* The position of a fault. A line of 0 means the whole file. */
struct fault_place {
    const char *file;
    int line, column;
};

/* Add an error or a warning, up to FAULTS_MAX. The key is such as "agents[0].model", or NULL for
 * the file itself. Sentences may quote names, but must not quote values. */
void fault_add(struct faults *f, struct fault_place where, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
void fault_warn(struct faults *f, struct fault_place where, const char *key, const char *format,
                ...) PRINTF_LIKE(4, 5);

/* Sorts the faults by position. Faults without a line come last. */
void faults_sort(struct config_faults *faults);

/* Returns INVALID with the first error, as "key: sentence". */
MUST_USE agentos_status faults_first(const struct config_faults *faults, agentos_error *err);

/* Prints a line "FILE:LINE:COL: key: sentence" for each fault, with "warning:" before a warning. */
void faults_print(const struct config_faults *faults, FILE *out);

/* Logs each fault. */
void faults_log(const struct config_faults *faults);

#endif
