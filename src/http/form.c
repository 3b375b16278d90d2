/* Parses form fields from a query string or a request body. */
#include "http/form.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "http/multipart.h"
#include "http/parameter.h"

enum { FIELDS_AT_FIRST = 8 };

struct fields {
    struct form_field *all;
    size_t count, capacity, max;
};

/* Appends a field. Fails with INVALID if there are more than f->max. */
static agentos_status add_field(struct fields *f, arena *a, struct form_field field,
                                agentos_error *err)
{
    ensure(f->count <= f->capacity);
    if (f->count == f->max)
        return fail(err, AGENTOS_INVALID, "more than %zu fields", f->max);
    if (f->count == f->capacity) {
        size_t capacity = f->capacity > 0 ? 2 * f->capacity : FIELDS_AT_FIRST;
        struct form_field *grown = arena_alloc(a, capacity * sizeof(*grown));

        if (f->count > 0)
            memcpy(grown, f->all, f->count * sizeof(*grown));
        f->all = grown;
        f->capacity = capacity;
    }
    f->all[f->count++] = field;
    return AGENTOS_OK;
}

/* Parses a query string such as a=1&b=2. */
agentos_status form_parse_query(arena *a, str query, size_t max, struct form *out,
                                agentos_error *err)
{
    struct fields fields = { .max = max };

    ensure(max > 0);
    while (query.len > 0) {
        str value = str_split(&query, '&');
        str name = str_split(&value, '=');
        struct form_field field = { 0 };

        if (name.len == 0 && value.len == 0)
            continue; /* as in "a=1&&b=2" */
        TRY(url_decode(a, name, true, &field.name, err));
        TRY(url_decode(a, value, true, &field.value, err));
        TRY(add_field(&fields, a, field, err));
    }
    *out = (struct form){ fields.all, fields.count };
    return AGENTOS_OK;
}

/* Parses all parts of a multipart body. */
static agentos_status parse_multipart(arena *a, str boundary, str body, struct form *out,
                                      agentos_error *err)
{
    struct fields fields = { .max = FORM_FIELDS_MAX };
    struct multipart parts;

    TRY(multipart_open(a, boundary, body, &parts, err));
    for (;;) {
        struct form_field field;
        bool more;

        TRY(multipart_next(&parts, a, &field, &more, err));
        if (!more)
            break;
        TRY(add_field(&fields, a, field, err));
    }
    *out = (struct form){ fields.all, fields.count };
    return AGENTOS_OK;
}

/* Parses a body by its Content-Type. The form is empty for any other type. */
agentos_status form_parse_body(arena *a, const struct headers *headers, str body, struct form *out,
                               agentos_error *err)
{
    str content_type, boundary = STR("");
    struct parameters type;

    *out = (struct form){ 0 };
    if (!headers_find(headers, STR("content-type"), &content_type))
        return AGENTOS_OK;
    if (headers_count(headers, STR("content-type")) > 1)
        return fail(err, AGENTOS_INVALID, "more than one Content-Type");
    TRY(parameters_parse(a, content_type, &type, err));
    if (str_equal_nocase(type.head, STR("application/x-www-form-urlencoded")))
        return form_parse_query(a, body, FORM_FIELDS_MAX, out, err);
    if (!str_equal_nocase(type.head, STR("multipart/form-data")))
        return AGENTOS_OK;
    if (!parameters_find(&type, STR("boundary"), &boundary))
        return fail(err, AGENTOS_INVALID, "multipart/form-data without a boundary");
    return parse_multipart(a, boundary, body, out, err);
}

/* Returns the value of the last field of this name that is not a file, or NULL. */
const str *form_find(const struct form *form, str name)
{
    ensure(form->fields != NULL || form->count == 0);
    for (size_t i = form->count; i > 0; i--) {
        const struct form_field *field = &form->fields[i - 1];

        if (!field->is_file && str_equal(field->name, name))
            return &field->value;
    }
    return NULL;
}
