/* Collects the faults of a configuration, sorts them by their position, and prints or logs them.
 * The array has a fixed size; if a file has more faults, only the first ones are kept. */
#include "config/faults.h"

#include <stdarg.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"

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

void fault_add(struct faults *f, struct fault_place where, const char *key, const char *format, ...)
{
    ensure(f->out != NULL && format != NULL);
    va_list args;

    f->errors++;
    va_start(args, format);
    keep_fault(f, (struct config_fault){ where.file, key, NULL, where.line, where.column, false },
               format, args);
    va_end(args);
}

void fault_warn(struct faults *f, struct fault_place where, const char *key, const char *format,
                ...)
{
    ensure(f->out != NULL && format != NULL);
    va_list args;

    va_start(args, format);
    keep_fault(f, (struct config_fault){ where.file, key, NULL, where.line, where.column, true },
               format, args);
    va_end(args);
}

static bool comes_after(const struct config_fault *a, const struct config_fault *b)
{
    if (a->line == 0 || b->line == 0)
        return a->line == 0 && b->line != 0;
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* By insertion: stable, and there are few. */
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

agentos_status faults_first(const struct config_faults *faults, agentos_error *err)
{
    ensure(faults->count == 0 || faults->all != NULL);
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->all[i].is_warning)
            return fail(err, AGENTOS_INVALID, "%s%s%s",
                        faults->all[i].key != NULL ? faults->all[i].key : "",
                        faults->all[i].key != NULL ? ": " : "", faults->all[i].sentence);
    return fail(err, AGENTOS_INVALID, "the configuration is refused");
}

void faults_print(const struct config_faults *faults, FILE *out)
{
    ensure(out != NULL && faults->count <= FAULTS_MAX);
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *fault = &faults->all[i];

        (void)fputs(fault->file, out);
        if (fault->line > 0)
            (void)fprintf(out, ":%d:%d", fault->line, fault->column);
        (void)fprintf(out, ": %s%s%s%s\n", fault->key != NULL ? fault->key : "",
                      fault->key != NULL ? ": " : "", fault->is_warning ? "warning: " : "",
                      fault->sentence);
    }
}

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
