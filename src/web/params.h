/* Query and form parameters, as a table over a C struct that also describes them in
 * /openapi.json. */
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
    int64_t min, max; /* bounds of a PARAM_INT */
    /* the minimum in the schema, if `complete` refuses more than min does; 0 for min */
    int64_t lowest_valid;
    /* the accepted texts, NULL-terminated; NULL for any text */
    const char *const *choices;
    /* The default value as text; NULL leaves the member unchanged. */
    const char *fallback;
    const char *doc; /* one sentence */
};

// clang-format off
/* A row of the table, such as PARAM(T, limit, .min = 1). The kind follows from the C type of the
 * member. */
#define PARAM(type, member, ...)                                                        \
    { .name = #member, .offset = offsetof(type, member),                                 \
      .kind = _Generic(((type *)0)->member, const char *: PARAM_TEXT, bool: PARAM_BOOL,  \
                       enum choice: PARAM_CHOICE, int64_t: PARAM_INT,                    \
                       struct texts: PARAM_LIST) __VA_OPT__(, ) __VA_ARGS__ }
#define PARAMS_END { .name = NULL }
// clang-format on

/* Reads the form into *record. An absent or empty field gets its fallback, or leaves the
 * member unchanged; only a required query parameter may be empty. Each problem is added with loc
 * [where, name]. Returns true if there was none. Texts are allocated in the arena and end with a
 * NUL. */
MUST_USE bool params_read(const struct param *table, const struct form *form, const char *where,
                          arena *a, void *record, struct problems *problems);

/* Write each parameter as an OpenAPI parameter, or as a property of one object schema. */
void params_describe_query(const struct param *table, writer *w);
void params_describe_form(const struct param *table, writer *w);

#endif
