/* form_parse_body: the first line is the Content-Type, the rest is the body. */
#include <assert.h>

#include "base/limits.h"
#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str body = { (const char *)data, size };
    struct header header = { STR("content-type"), str_split(&body, '\n') };
    struct headers headers = { &header, 1 };
    struct form form;

    if (form_parse_body(a, &headers, body, &form, NULL) != AGENTOS_OK)
        return 0;
    assert(form.count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < form.count; i++)
        if (!form.fields[i].is_file)
            assert(str_is_utf8(form.fields[i].value) &&
                   form_find(&form, form.fields[i].name) != NULL);
    return 0;
}
