/* Writes JSON objects by tables of their members. */
#include "json/shape.h"

#include "base/clock.h"
#include "base/ensure.h"

/* Returns the address of the C member. */
static const void *member_at(const struct member *member, const void *record)
{
    ensure(record != NULL);
    return (const char *)record + member->offset; /* offsetof the member, by SHOW */
}

/* Returns whether the C member has a value. */
static bool c_member_has_value(const struct member *member, const void *record)
{
    const void *at = member_at(member, record);
    bool is_json = member->is_list || member->type == VALUE_FREE || member->type == VALUE_OBJECT;

    switch (member->c_kind) {
    case C_TEXT: return *(const char *const *)at != NULL;
    case C_STR: return !is_json || ((const str *)at)->len > 0;
    case C_JSON: return *(const json_t *const *)at != NULL;
    case C_INTEGER: return !member->is_positive || *(const int64_t *)at > 0;
    case C_BOOL:
    case C_REAL:
    case C_NONE: break;
    }
    return true;
}

/* Returns whether the member has a value in this record. */
static bool has_value(const struct member *member, const void *record)
{
    if (member->type == VALUE_NOTHING)
        return false;
    if (member->text != NULL)
        return member->text(record) != NULL;
    if (member->has_value != NULL)
        return member->has_value(record);
    if (member->write != NULL || member->constant != NULL)
        return true;
    return c_member_has_value(member, record);
}

/* Writes an integer, or the time that it stands for. */
static void write_c_integer(const struct member *member, int64_t value, writer *w)
{
    char text[CLOCK_TEXT_SIZE];

    if (member->type == VALUE_TIME)
        write_string(w, clock_iso8601(value, text));
    else
        write_integer(w, value);
}

/* Writes a text, or the JSON that it holds. */
static void write_c_text(const struct member *member, str text, writer *w)
{
    if (member->type == VALUE_STRING && !member->is_list)
        write_str(w, text);
    else
        write_raw(w, text);
}

/* Writes the value of the C member. */
static void write_c_member(const struct member *member, const void *record, writer *w)
{
    const void *at = member_at(member, record);

    switch (member->c_kind) {
    case C_TEXT: write_c_text(member, str_of(*(const char *const *)at), w); break;
    case C_STR: write_c_text(member, *(const str *)at, w); break;
    case C_BOOL: write_bool(w, *(const bool *)at); break;
    case C_INTEGER: write_c_integer(member, *(const int64_t *)at, w); break;
    case C_REAL: write_real(w, *(const double *)at); break;
    case C_JSON: write_json(w, *(const json_t *const *)at); break;
    case C_NONE: ensure(false); /* every row says where its value comes from */
    }
}

static void write_value(const struct member *member, const void *record, enum absent_values absent,
                        writer *w)
{
    if (member->text != NULL)
        write_string(w, member->text(record));
    else if (member->write != NULL)
        member->write(record, w);
    else if (member->constant != NULL)
        write_raw(w, str_of(member->constant));
    else if (member->type == VALUE_OBJECT && member->c_kind == C_NONE)
        shape_write(member->shape, member_at(member, record), absent, w);
    else
        write_c_member(member, record, w);
}

/* Returns whether a member without a value is written as null, even if it should have one. */
static bool is_null_shown(const struct member *member, enum absent_values absent)
{
    switch (member->need) {
    case OR_LEFT_OUT: return false;
    case OR_EITHER: return absent == ABSENT_NULL;
    case ALWAYS_THERE:
    case OR_NULL: break;
    }
    return true;
}

void members_write(const struct member *members, const void *record, enum absent_values absent,
                   writer *w)
{
    ensure(members != NULL && record != NULL);
    for (const struct member *member = members; member->name != NULL; member++) {
        if (has_value(member, record)) {
            write_key(w, member->name);
            write_value(member, record, absent, w);
            continue;
        }
        if (is_null_shown(member, absent)) {
            write_key(w, member->name);
            write_null(w);
        }
    }
}

void shape_write(const struct shape *shape, const void *record, enum absent_values absent,
                 writer *w)
{
    ensure(shape != NULL && shape->one_of == NULL);
    write_object(w);
    for (size_t i = 0; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        members_write(shape->parts[i], record, absent, w);
    write_end(w);
}
