/* Everything that is wrong with a configuration, collected, and told with its file, line and
 * column. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

/* "FILE:LINE:COL: key: sentence" each; warnings among them. */
struct config_faults {
    struct config_fault {
        const char *file, *key, *sentence;
        int line, column; /* 1-based; 0: not from a line */
        bool is_warning;
    } * all;
    size_t count; /* at most FAULTS_MAX */
};

/* The collection while it grows; texts and array are from the arena. */
struct faults {
    arena *a;
    struct config_faults *out;
    size_t errors; /* those that are not warnings, also the ones that were not kept */
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

/* INVALID with the first that is not a warning, as "key: sentence", for errors of one line. */
MUST_USE agentos_status faults_first(const struct config_faults *faults, agentos_error *err);

/* "FILE:LINE:COL: key: sentence" a line; warnings say so before the sentence. */
void faults_print(const struct config_faults *faults, FILE *out);

/* One line of the log for each. */
void faults_log(const struct config_faults *faults);

#endif
