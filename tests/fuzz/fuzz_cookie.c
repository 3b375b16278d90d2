/* cookie_find: what it finds lies in the header. */
#include <assert.h>

#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size }, value;
    struct header header = { STR("cookie"), text };
    struct headers headers = { &header, 1 };

    if (cookie_find(&headers, STR("access_token"), &value))
        assert(value.ptr >= text.ptr && value.ptr + value.len <= text.ptr + text.len);
    return 0;
}
