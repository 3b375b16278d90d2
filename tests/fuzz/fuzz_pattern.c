/* The first line is a pattern or glob, the second a path. A path without stars matches itself. */
#include <assert.h>

#include "http/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char pattern[256];
    str path = { (const char *)data, size };
    str first = str_split(&path, '\n');
    struct params params = { 0 };

    if (first.len >= sizeof(pattern) || str_has(first, '\0') || path.len > 4096)
        return 0;
    memcpy(pattern, first.ptr, first.len);
    pattern[first.len] = '\0';
    if (pattern_match(pattern, path, &params))
        for (size_t i = 0; i < params.count; i++)
            assert(params.all[i].value.len > 0 && !str_has(params.all[i].value, '/'));
    (void)glob_match(first, path); /* any answer will do: it must end */
    assert(glob_match(STR("*"), path) && glob_match(first, first));
    return 0;
}
