/* The parameters of a query string or a form, as a table over a C struct. The same rows check them,
 * convert them, and describe them in /openapi.json. Faults become the list of problems of a 422. */
#ifndef WEB_PARAMS_H
#define WEB_PARAMS_H

#include "base/choice.h"
#include "http/form.h"
#include "json/problems.h"

/* A PARAM_CHOICE is a boolean that may be left open: absent, empty, "null" and "none" are UNSET. */
enum param_kind { PARAM_TEXT, PARAM_BOOL, PARAM_CHOICE, PARAM_INT, PARAM_LIST };

struct texts {
    const char *const *all;
    size_t count;
};

struct param {
    const char *name;
    enum param_kind kind;
    size_t offset;
    bool required;
    bool has_min, has_max;
    int64_t min, max; /* the bounds of a PARAM_INT */
    /* the least value in the schema, if `complete` refuses values above min; 0 for min */
    int64_t lowest_valid;
    /* the accepted texts, ending with NULL; NULL if any text is accepted */
    const char *const *choices;
    /* The text that stands for an absent parameter. If it is NULL, the member keeps the value that
     * it has. */
    const char *fallback;
    const char *doc; /* one sentence */
};

// clang-format off
/* A row of the table. The kind is derived from the C type of the member; further members are set by
 * designators, as in PARAM(T, limit, .min = 1). */
#define PARAM(type, member, ...)                                                        \
    { .name = #member, .offset = offsetof(type, member),                                 \
      .kind = _Generic(((type *)0)->member, const char *: PARAM_TEXT, bool: PARAM_BOOL,  \
                       enum choice: PARAM_CHOICE, int64_t: PARAM_INT,                    \
                       struct texts: PARAM_LIST) __VA_OPT__(, ) __VA_ARGS__ }
#define PARAMS_END { .name = NULL }
// clang-format on

/* Reads the form into *record. For a field that is absent or empty the fallback is read; without a
 * fallback, its member is left unchanged. Only a required parameter of a query may be empty. Each
 * problem is added with loc [where, name]. Returns true if there was none. Texts are allocated in
 * the arena and end with a NUL. */
MUST_USE bool params_read(const struct param *table, const struct form *form, const char *where,
                          arena *a, void *record, struct problems *problems);

/* Write each row as an OpenAPI parameter, or as a property of one object schema. */
void params_describe_query(const struct param *table, writer *w);
void params_describe_form(const struct param *table, writer *w);

#endif
