/* Multipart bodies whose boundary is "b": parts lie in the body, one after the other. */
#include <assert.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str body = { (const char *)data, size };
    struct multipart m;
    struct form_field field;
    bool more = true;
    const char *last = body.ptr;

    if (multipart_open(a, STR("b"), body, &m, NULL) != AGENTOS_OK)
        return 0;
    while (multipart_next(&m, a, &field, &more, NULL) == AGENTOS_OK && more) {
        assert(field.value.ptr >= last && field.value.ptr + field.value.len <= body.ptr + body.len);
        last = field.value.ptr + field.value.len;
    }
    return 0;
}
