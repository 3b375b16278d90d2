/* A fault lies within the text, and what the parser accepts has none. */
#include <assert.h>

#include "json/fault.h"
#include "json/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    struct json_fault fault = json_find_fault(text);
    AUTO(json_t) *json = NULL;

    assert(fault.at <= size);
    if (json_parse_owned(text, PARSE_STRICT, &json, NULL) == AGENTOS_OK)
        assert(fault.message == NULL);
    return 0;
}
