/* url_decode: never longer than its input, always text. */
#include <assert.h>

#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str out;

    for (int is_form = 0; is_form < 2; is_form++)
        if (url_decode(a, (str){ (const char *)data, size }, is_form != 0, &out, NULL) ==
            AGENTOS_OK)
            assert(out.len <= size && str_is_utf8(out) && !str_has(out, '\0'));
    return 0;
}
