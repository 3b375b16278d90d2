/* account_token_is_well_formed: what it lets through is short, and is text. */
#include <assert.h>

#include "auth/account/account_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };

    if (account_token_is_well_formed(text)) {
        assert(size < ACCOUNT_TOKEN_SIZE && str_starts(text, STR(ACCOUNT_TOKEN_PREFIX)));
        for (size_t i = 0; i < size; i++)
            assert(data[i] > ' ' && data[i] < 0x7f);
    }
    return 0;
}
