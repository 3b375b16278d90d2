/* What json_read_plain accepts, jansson accepts, and both make the same of it, in the same order.
 */
#include <assert.h>

#include "base/limits.h"
#include "json/parse.h"
#include "json/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    AUTO(json_t) *plain = json_read_plain(text);

    if (plain == NULL)
        return 0;
    AUTO(json_t) *full = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert(full != NULL && !json_is_deeper(text, JSON_MAX_DEPTH) && !str_has(text, '\0'));
    assert(json_equal(plain, full) == 1);

    char *of_plain = json_dumps(plain, 0), *of_full = json_dumps(full, 0);
    assert(of_plain != NULL && of_full != NULL && strcmp(of_plain, of_full) == 0);
    free(of_plain);
    free(of_full);
    return 0;
}
