/* Any query through a table with every kind of parameter: what is refused is explained in JSON. */
#include <stdint.h>

#include "web/params.h"
#include "json/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
    const char *text, *choice;
    bool flag;
    int64_t count;
    struct texts list;
};

static const char *const choices[] = { "agent", "team", NULL };

// clang-format off
static const struct param params[] = {
    PARAM(struct record, text, .required = true),
    PARAM(struct record, choice, .choices = choices),
    PARAM(struct record, flag),
    PARAM(struct record, count, .has_min = true, .min = 1),
    PARAM(struct record, list),
    PARAMS_END,
};
// clang-format on

static void check_problems(const struct problems *problems)
{
    AUTO_BUF out = buf_with_limit(128 * 1024);
    AUTO(json_t) *json = NULL;

    problems_write(problems, &(writer){ .out = &out });
    if (json_parse_owned(buf_view(&out), PARSE_STRICT, &json, NULL) != AGENTOS_OK ||
        json_array_size(json) != problems->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena *a = arena_new();
    AUTO_PROBLEMS problems = problems_none();
    struct form form = { 0 };
    struct record record = { .count = 1 };

    if (form_parse_query(a, (str){ (const char *)data, size }, 64, &form, NULL) == AGENTOS_OK) {
        bool good = params_read(params, &form, "query", a, &record, &problems);

        if (good != (problems.count == 0) || (good && (record.text == NULL || record.count < 1)))
            abort();
        check_problems(&problems);
    }
    arena_free(a);
    return 0;
}
