/* Whatever parses is written again, and what was written parses to the same value. */
#include <stdint.h>

#include "base/limits.h"
#include "json/mend.h"
#include "json/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(str text, enum json_strictness strictness)
{
    AUTO(json_t) *first = NULL;
    AUTO(json_t) *second = NULL;
    AUTO_BUF out = buf_with_limit(OUTPUT_MAX_BYTES);
    agentos_error err;

    if (json_parse_owned(text, strictness, &first, &err) != AGENTOS_OK) {
        if (!str_is_utf8(str_of(err.message)))
            abort(); /* it is answered as JSON */
        return;
    }
    if (json_is_deeper(text, JSON_MAX_DEPTH))
        abort();
    write_json(&(writer){ .out = &out }, first);
    if (json_parse_owned(buf_view(&out), strictness, &second, NULL) != AGENTOS_OK ||
        json_equal(first, second) == 0)
        abort();
}

/* What is read leniently is written as JSON that is read strictly. */
static void check_mended(str text)
{
    AUTO(json_t) *first = NULL;
    AUTO(json_t) *second = NULL;
    AUTO_BUF out = buf_with_limit(OUTPUT_MAX_BYTES);

    if (json_parse_mended(text, &first, NULL) != AGENTOS_OK)
        return;
    write_json(&(writer){ .out = &out }, first);
    if (json_parse_owned(buf_view(&out), PARSE_NUL_ALLOWED, &second, NULL) != AGENTOS_OK ||
        json_equal(first, second) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };

    check_round_trip(text, PARSE_STRICT);
    check_round_trip(text, PARSE_NUL_ALLOWED);
    check_mended(text);
    return 0;
}
