/* Describes the members of a JSON object as a table over a C struct. The same table reads the
 * object and describes it as a schema. */
#ifndef JSON_FIELDS_H
#define JSON_FIELDS_H

#include "json/parse.h"
#include "json/problems.h"
#include "json/writer.h"

enum field_kind { FIELD_STRING, FIELD_BOOL, FIELD_INTEGER, FIELD_REAL, FIELD_JSON };
enum field_need { OPTIONAL, REQUIRED };

enum field_shape { SHAPE_ANY, SHAPE_OBJECT, SHAPE_LIST };

struct field {
    const char *name;
    enum field_kind kind;
    enum field_need need;
    enum field_shape shape; /* the shape of a FIELD_JSON */
    size_t offset;
    const char *doc; /* one sentence, for the schema */
    /* The members of a SHAPE_LIST's items, for the schema; NULL for texts. The reader of the list
     * must check the items. */
    const struct field *items;
    const char *const *words; /* the possible texts of the items, NULL-terminated; may be NULL */
};

// clang-format off
/* A row of the table, such as FIELD(T, state, OPTIONAL, .shape = SHAPE_OBJECT). The kind follows
 * from the C type of the member. */
#define FIELD(type, member, need_, ...)                                            \
    { .name = #member, .need = (need_), .offset = offsetof(type, member),        \
      .kind = _Generic(((type *)0)->member, const char *: FIELD_STRING,          \
                       bool: FIELD_BOOL, int64_t: FIELD_INTEGER,                 \
                       double: FIELD_REAL, const json_t *: FIELD_JSON) __VA_OPT__(, ) __VA_ARGS__ }
#define FIELDS_END { .name = NULL }
// clang-format on

/* Fills in *record from the object. An OPTIONAL member that is absent or null leaves the record
 * unchanged; unknown members are ignored. Strings and values are borrowed from the object. Adds
 * every problem with the loc [where, name], and returns true if there was none. */
MUST_USE bool fields_read(const struct field *fields, const json_t *object, void *record,
                          const char *where, struct problems *problems);

/* Writes the JSON Schema of such an object, for /openapi.json. */
void fields_describe(const struct field *fields, writer *w);

#endif
