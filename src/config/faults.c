/* Collects, sorts and prints the errors and warnings of a configuration. */
#include "config/faults.h"

#include <stdarg.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"

/* Adds a fault, up to FAULTS_MAX, and truncates its sentence to 1 KiB. */
PRINTF_LIKE(3, 0)
static void keep_fault(struct faults *f, struct config_fault fault, const char *format,
                       va_list args)
{
    char text[1 * KiB];

    ensure(fault.file != NULL && f->out->count <= FAULTS_MAX);
    if (f->out->count == FAULTS_MAX)
        return;
    if (f->out->all == NULL)
        f->out->all = arena_alloc(f->a, FAULTS_MAX * sizeof(f->out->all[0]));
    (void)vsnprintf(text, sizeof(text), format, args);
    fault.sentence = arena_copy(f->a, str_of(text));
    f->out->all[f->out->count++] = fault;
}

/* Adds an error. Errors beyond FAULTS_MAX are still counted. */
void fault_add(struct faults *f, struct fault_place where, const char *key, const char *format, ...)
{
    ensure(f->out != NULL && format != NULL);
    const struct config_fault fault = {
        .file = where.file,
        .key = key,
        .line = where.line,
        .column = where.column,
    };
    va_list args;

    f->errors++;
    va_start(args, format);
    keep_fault(f, fault, format, args);
    va_end(args);
}

/* Adds a warning. */
void fault_warn(struct faults *f, struct fault_place where, const char *key, const char *format,
                ...)
{
    ensure(f->out != NULL && format != NULL);
    const struct config_fault fault = {
        .file = where.file,
        .key = key,
        .line = where.line,
        .column = where.column,
        .is_warning = true,
    };
    va_list args;

    va_start(args, format);
    keep_fault(f, fault, format, args);
    va_end(args);
}

/* Returns whether a comes after b in the file. Faults without a line come last. */
static bool comes_after(const struct config_fault *a, const struct config_fault *b)
{
    if (a->line == 0 || b->line == 0)
        return a->line == 0 && b->line != 0;
    if (a->line != b->line)
        return a->line > b->line;
    return a->column > b->column;
}

/* Sorts the faults by position, stably. */
void faults_sort(struct config_faults *faults)
{
    ensure(faults->count == 0 || faults->all != NULL);
    for (size_t i = 1; i < faults->count; i++) {
        struct config_fault fault = faults->all[i];
        size_t at = i;

        for (; at > 0 && comes_after(&faults->all[at - 1], &fault); at--)
            faults->all[at] = faults->all[at - 1];
        faults->all[at] = fault;
    }
}

/* Returns INVALID with the first error in err. */
agentos_status faults_first(const struct config_faults *faults, agentos_error *err)
{
    ensure(faults->count == 0 || faults->all != NULL);
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *fault = &faults->all[i];

        if (fault->is_warning)
            continue;
        if (fault->key == NULL)
            return fail(err, AGENTOS_INVALID, "%s", fault->sentence);
        return fail(err, AGENTOS_INVALID, "%s: %s", fault->key, fault->sentence);
    }
    return fail(err, AGENTOS_INVALID, "invalid configuration");
}

/* Prints a line "FILE:LINE:COL: KEY: SENTENCE" for each fault. */
void faults_print(const struct config_faults *faults, FILE *out)
{
    ensure(out != NULL && faults->count <= FAULTS_MAX);
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *fault = &faults->all[i];

        (void)fprintf(out, "%s:", fault->file);
        if (fault->line > 0)
            (void)fprintf(out, "%d:%d:", fault->line, fault->column);
        if (fault->key != NULL)
            (void)fprintf(out, " %s:", fault->key);
        if (fault->is_warning)
            (void)fputs(" warning:", out);
        (void)fprintf(out, " %s\n", fault->sentence);
    }
}

/* Logs each fault. The key is "-" for the whole file. */
void faults_log(const struct config_faults *faults)
{
    ensure(faults->count <= FAULTS_MAX);
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *fault = &faults->all[i];

        LOG(fault->is_warning ? LOG_WARNING : LOG_ERROR, "configuration",
            log_text("file", fault->file), log_int("line", fault->line),
            log_text("key", fault->key != NULL ? fault->key : "-"),
            log_text("why", fault->sentence));
    }
}
