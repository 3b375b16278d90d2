/* The problems of lists with too few or too many items, in the words of pydantic. */
#include "api/list_length.h"

#include "base/ensure.h"
#include "base/limits.h"

/* Returns the problem's `ctx`. limit_name is "min_length" or "max_length". */
static const char *render_context(const char *limit_name, int limit, size_t count, arena *a)
{
    AUTO_BUF text = buf_with_limit(KiB);
    writer w = { .out = &text };

    write_object(&w);
    write_member(&w, "field_type", "List");
    write_member_int(&w, limit_name, limit);
    write_member_int(&w, "actual_length", (int64_t)count);
    write_end(&w);
    ensure(buf_ok(&text));
    return arena_copy(a, buf_view(&text));
}

void refuse_empty_list(const char *name, const json_t *list, arena *a, struct problems *problems)
{
    const struct problem problem = {
        .type = "too_short",
        .where = "body",
        .name = name,
        .message = "List should have at least 1 item after validation, not 0",
        .input_json = list,
        .ctx = render_context("min_length", 1, 0, a),
    };

    ensure(json_array_size(list) == 0);
    problems_add(problems, &problem);
}

void refuse_long_list(const char *name, int limit, size_t count, arena *a,
                      struct problems *problems)
{
    const struct problem problem = {
        .type = "too_long",
        .where = "body",
        .name = name,
        .message = arena_printf(a, "List should have at most %d items after validation, not %zu",
                                limit, count),
        .ctx = render_context("max_length", limit, count, a),
    };

    ensure(limit > 0 && count > (size_t)limit);
    problems_add(problems, &problem);
}
