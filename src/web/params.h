/* Parameters of a query string or a form, as a table over a C struct: checked, converted, described
 * in /openapi.json, all by the same rows. Faults become the contract's 422 list. */
#ifndef WEB_PARAMS_H
#define WEB_PARAMS_H

#include "http/form.h"
#include "json/problems.h"

enum param_kind { PARAM_TEXT, PARAM_BOOL, PARAM_INT, PARAM_LIST };

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
    int64_t min, max;           /* of a PARAM_INT */
    int64_t lowest_valid;       /* for the schema, where `complete` refuses more than min; 0: min */
    const char *const *choices; /* NULL-terminated; NULL: any text */
    const char *fallback; /* what an absent one means, as it would be written; NULL: the record's
                             initialiser */
    const char *doc;      /* one sentence */
};

// clang-format off
/* The kind follows from the member's C type; further members by designator: PARAM(T, limit, .min = 1). */
#define PARAM(type, member, ...)                                                        \
    { .name = #member, .offset = offsetof(type, member),                                 \
      .kind = _Generic(((type *)0)->member, const char *: PARAM_TEXT, bool: PARAM_BOOL,  \
                       int64_t: PARAM_INT, struct texts: PARAM_LIST) __VA_OPT__(, ) __VA_ARGS__ }
#define PARAMS_END { .name = NULL }
// clang-format on

/* Fills *record from the form. A field that is absent (or empty, unless `where` is "query") is its
 * fallback, or else leaves its member alone. Problems are added with loc [where, name]; true: there
 * was none. Texts are from the arena, NUL-terminated. */
MUST_USE bool params_read(const struct param *table, const struct form *form, const char *where,
                          arena *a, void *record, struct problems *problems);

/* Each row as an OpenAPI parameter or a schema property. */
void params_describe_query(const struct param *table, writer *w);
void params_describe_form(const struct param *table, writer *w);

#endif
