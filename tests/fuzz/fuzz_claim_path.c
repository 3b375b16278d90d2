/* A path, a NUL byte, and claims: what is parsed can be looked up, and its names are whole. */
#include <stdint.h>

#include "jose/claim_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str rest = { (const char *)data, size };
    str text = str_split(&rest, '\0');
    const json_t *claims = NULL;
    struct claim_path path;
    agentos_error err;

    if (claim_path_parse(a, text, &path, &err) != AGENTOS_OK) {
        if (!str_is_utf8(str_of(err.message)))
            abort();
        return 0;
    }
    if (path.count == 0 || path.count > CLAIM_PATH_MAX || !str_equal(str_of(path.text), text))
        abort();
    for (size_t i = 0; i < path.count; i++)
        if (path.names[i][0] == '\0')
            abort();
    if (json_parse(a, rest, &claims, NULL) == AGENTOS_OK)
        (void)claim_path_find(&path, claims);
    return 0;
}
