/* What json_skim accepts, the parser accepts, and both see the same texts. */
#include <assert.h>

#include "json/parse.h"
#include "json/skim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct skimmed wanted[] = { { .name = "type" }, { .name = "delta" } };
    str text = { (const char *)data, size };
    AUTO(json_t) *json = NULL;

    if (!json_skim(text, wanted, 2))
        return 0;
    assert(json_parse_owned(text, PARSE_STRICT, &json, NULL) == AGENTOS_OK);
    for (size_t i = 0; i < 2; i++) {
        const json_t *member = json_object_get(json, wanted[i].name);

        assert(json_is_string(member) == (wanted[i].text.ptr != NULL));
        if (json_is_string(member))
            assert(str_equal(wanted[i].text,
                             (str){ json_string_value(member), json_string_length(member) }));
    }
    return 0;
}
