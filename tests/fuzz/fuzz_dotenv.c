/* A .env file of any bytes: values are text, and a refusal names a line that exists. */
#include <assert.h>

#include "config/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    struct env env = { 0 };
    agentos_error err;
    int line = -1;

    if (env_read(&env, (str){ (const char *)data, size }, a, &line, &err) == AGENTOS_OK)
        (void)env_get(&env, "A"); /* must not crash */
    assert(line >= 0 && (size_t)line <= size + 1);
    env_clear(&env);
    return 0;
}
