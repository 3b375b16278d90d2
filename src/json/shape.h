/* Describes a JSON object that the server writes, as a table over a C struct. The same table writes
 * it and describes it as JSON Schema. */
#ifndef JSON_SHAPE_H
#define JSON_SHAPE_H

#include "json/writer.h"

/* The JSON type of a member. */
enum value_type {
    VALUE_STRING,
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_NUMBER,
    VALUE_TIME,    /* a string with a time in ISO 8601 */
    VALUE_OBJECT,  /* an object of the row's shape */
    VALUE_FREE,    /* an object with any members */
    VALUE_ANY,     /* any value */
    VALUE_KEY,     /* a string or an integer, a step of a path into JSON */
    VALUE_NOTHING, /* null: this server never has a value */
};

/* How a member without a value is written. */
enum value_need {
    ALWAYS_THERE, /* it always has a value */
    OR_NULL,      /* it is null */
    OR_LEFT_OUT,  /* it is left out */
    OR_EITHER,    /* it is null or left out, as the caller of shape_write decides */
};

enum absent_values { ABSENT_LEFT_OUT, ABSENT_NULL };

/* The type of the C struct's member at `offset`. */
enum c_kind {
    C_NONE, /* no C member */
    C_TEXT, /* const char *; NULL is no value */
    /* str with text, or with rendered JSON for an object or a list; empty JSON is no value */
    C_STR,
    C_BOOL,    /* bool */
    C_INTEGER, /* int64_t; for a VALUE_TIME, in seconds since 1970 */
    C_REAL,    /* double */
    C_JSON,    /* const json_t *; NULL is no value */
};

struct shape;

/* A row of the table. The value comes from the first of these: text, write, constant, the C
 * member. */
struct member {
    const char *name;
    enum value_type type;
    enum value_need need;
    bool is_list;     /* the value is a list of values of this type */
    bool is_positive; /* an integer of zero is no value */
    /* the shape of a VALUE_OBJECT; without `write`, its record is at `offset` */
    const struct shape *shape;
    /* the possible texts, NULL-terminated; NULL for any text */
    const char *const *words;
    enum c_kind c_kind;
    size_t offset;                                /* the offset of the C member in the record */
    const char *(*text)(const void *record);      /* returns the text; NULL is no value */
    void (*write)(const void *record, writer *w); /* writes one value */
    /* called before `write`; NULL if there is always a value */
    bool (*has_value)(const void *record);
    const char *constant; /* the same value in every object, as JSON */
};

enum { SHAPE_PARTS_MAX = 4 };

/* An object with the members of its parts, in order; or, without parts, one of several shapes. */
struct shape {
    /* the name in the components of /openapi.json; NULL if it is described where it is used */
    const char *name;
    const struct member *parts[SHAPE_PARTS_MAX]; /* each ends with MEMBERS_END */
    const struct shape *const *one_of;           /* ends with NULL; may be NULL */
    /* the member `tag` always has this text; NULL if there is no tag */
    const char *tag, *tag_value;
};

// clang-format off
#define C_KIND_OF(type, member)                                                           \
    _Generic(((type *)0)->member, const char *: C_TEXT, str: C_STR, bool: C_BOOL,          \
             int64_t: C_INTEGER, double: C_REAL, const json_t *: C_JSON, default: C_NONE)
#define VALUE_TYPE_OF(type, member)                                                       \
    _Generic(((type *)0)->member, bool: VALUE_BOOL, int64_t: VALUE_INTEGER,                \
             double: VALUE_NUMBER, default: VALUE_STRING)

/* A member with this name, whose value is in the record. */
#define SHOW_AS(name_, type_, member, need_, ...)                                          \
    { .name = (name_), .need = (need_), .type = VALUE_TYPE_OF(type_, member),              \
      .c_kind = C_KIND_OF(type_, member), .offset = offsetof(type_, member)                \
      __VA_OPT__(, ) __VA_ARGS__ }
/* The same, with the name of the C member. */
#define SHOW(type_, member, need_, ...) SHOW_AS(#member, type_, member, need_ __VA_OPT__(, ) __VA_ARGS__)
/* A C member that is already JSON, or seconds since 1970, so that its type must be given. */
#define SHOW_TYPED(value_type_, name_, type_, member, need_, ...)                           \
    { .name = (name_), .need = (need_), .type = (value_type_),                             \
      .c_kind = C_KIND_OF(type_, member), .offset = offsetof(type_, member)                \
      __VA_OPT__(, ) __VA_ARGS__ }
/* A text that a function returns. */
#define SHOW_TEXT(name_, text_, need_, ...) \
    { .name = (name_), .need = (need_), .type = VALUE_STRING, .text = (text_) __VA_OPT__(, ) __VA_ARGS__ }
/* A value that a function writes. */
#define SHOW_WRITTEN(value_type_, name_, write_, need_, ...) \
    { .name = (name_), .need = (need_), .type = (value_type_), .write = (write_) __VA_OPT__(, ) __VA_ARGS__ }
/* An object with the same record. */
#define SHOW_OBJECT(name_, shape_, need_, ...) \
    { .name = (name_), .need = (need_), .type = VALUE_OBJECT, .shape = (shape_) __VA_OPT__(, ) __VA_ARGS__ }
#define SHOW_CONSTANT(value_type_, name_, json, ...) \
    { .name = (name_), .type = (value_type_), .constant = (json) __VA_OPT__(, ) __VA_ARGS__ }
/* A list that is always empty. */
#define SHOW_EMPTY_LIST(name_) { .name = (name_), .type = VALUE_ANY, .is_list = true, .constant = "[]" }
/* A member of the contract for which this server never has a value. */
#define SHOW_NOTHING(name_, need_) { .name = (name_), .need = (need_), .type = VALUE_NOTHING }
#define MEMBERS_END { .name = NULL }
// clang-format on

/* Writes the object from the record that the table's offsets refer to. Not for a shape that is one
 * of several. */
void shape_write(const struct shape *shape, const void *record, enum absent_values absent,
                 writer *w);

/* Writes the members of one table into the object that is open in the writer. */
void members_write(const struct member *members, const void *record, enum absent_values absent,
                   writer *w);

/* Writes the JSON Schema of the shape, which allows no other members. Named shapes inside it are
 * written as references to #/components/schemas. */
void shape_describe(const struct shape *shape, writer *w);

/* Writes a reference to the shape, or its schema if it has no name. */
void shape_refer(const struct shape *shape, writer *w);

/* Calls visit for the shape and each shape inside it, repeated ones too. A shape never contains
 * itself. */
void shape_each(const struct shape *shape, void (*visit)(void *user, const struct shape *shape),
                void *user);

#endif
