/* Describes the members of a JSON object as a table over a C struct. The same rows read the object
 * and describe it as a schema. */
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
    /* Of a SHAPE_LIST, for the schema: the members of its items, or NULL if they are texts. Whoever
     * reads the list checks the items. */
    const struct field *items;
    const char *const *words; /* the only texts that these items may be, NULL-terminated; or NULL */
};

// clang-format off
/* The kind follows from the C type of the member, so the table and the struct cannot disagree. The
 * shape of JSON is given by a designator: FIELD(T, state, OPTIONAL, .shape = SHAPE_OBJECT). */
#define FIELD(type, member, need_, ...)                                            \
    { .name = #member, .need = (need_), .offset = offsetof(type, member),        \
      .kind = _Generic(((type *)0)->member, const char *: FIELD_STRING,          \
                       bool: FIELD_BOOL, int64_t: FIELD_INTEGER,                 \
                       double: FIELD_REAL, const json_t *: FIELD_JSON) __VA_OPT__(, ) __VA_ARGS__ }
#define FIELDS_END { .name = NULL }
// clang-format on

/* Fills in *record from the object. An OPTIONAL member that is absent or null leaves the record's
 * value unchanged; unknown members are ignored. Strings and values are borrowed from the object.
 * Adds every fault to `problems` with the loc [where, name], and returns true if there was none. */
MUST_USE bool fields_read(const struct field *fields, const json_t *object, void *record,
                          const char *where, struct problems *problems);

/* Writes the JSON Schema of such an object, for /openapi.json. */
void fields_describe(const struct field *fields, writer *w);

#endif
