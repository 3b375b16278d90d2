/* Header parameters: what was parsed is found again. */
#include <assert.h>

#include "http/parameter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    struct parameters p;
    str value;

    if (parameters_parse(a, (str){ (const char *)data, size }, &p, NULL) != AGENTOS_OK)
        return 0;
    for (size_t i = 0; i < p.count; i++)
        assert(parameters_find(&p, p.all[i].name, &value) && str_equal(value, p.all[i].value));
    return 0;
}
