/* The faults of a configuration, which are collected and reported with their file, line and
 * column. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

/* The faults and warnings, each of which is shown as "FILE:LINE:COL: key: sentence". */
struct config_faults {
    struct config_fault {
        const char *file, *key, *sentence;
        int line, column; /* the first line and column are 1; 0 if the fault is not about a line */
        bool is_warning;
    } * all;
    size_t count; /* at most FAULTS_MAX */
};

/* The collection while faults are being added. Texts and the array are allocated in the arena. */
struct faults {
    arena *a;
    struct config_faults *out;
    /* the number of faults that are not warnings, including those that were not kept */
    size_t errors;
};

/* The position of a fault, "FILE:LINE:COL". A line of 0 stands for the file as a whole, or for no
 * file. */
struct fault_place {
    const char *file;
    int line, column;
};

/* Add a fault or a warning. The key is such as "agents[0].model", or NULL for the file itself.
 * Sentences may quote names but never values. At most FAULTS_MAX faults are kept. */
void fault_add(struct faults *f, struct fault_place where, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
void fault_warn(struct faults *f, struct fault_place where, const char *key, const char *format,
                ...) PRINTF_LIKE(4, 5);

/* Sorts the faults by their position in the file. Faults without a line come last. */
void faults_sort(struct config_faults *faults);

/* Returns INVALID with the first fault that is not a warning, as "key: sentence", for an error of
 * one line. */
MUST_USE agentos_status faults_first(const struct config_faults *faults, agentos_error *err);

/* Prints each fault as a line "FILE:LINE:COL: key: sentence". A warning is marked as such. */
void faults_print(const struct config_faults *faults, FILE *out);

/* Writes one line to the log for each fault. */
void faults_log(const struct config_faults *faults);

#endif
