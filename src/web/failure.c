/* JSON bodies of error responses. */
#include "web/failure.h"

#include "base/ensure.h"
#include "json/problems.h"

/* The record of failure_shape. */
struct failure {
    const char *detail;
};

// clang-format off
static const struct member failure_members[] = {
    SHOW(struct failure, detail, ALWAYS_THERE),
    MEMBERS_END,
};

static void write_problems(const void *record, writer *w)
{
    problems_write(record, w);
}

static const struct member invalid_members[] = {
    SHOW_WRITTEN(VALUE_OBJECT, "detail", write_problems, ALWAYS_THERE, .is_list = true, .shape = &problem_shape),
    MEMBERS_END,
};
// clang-format on

const struct shape failure_shape = { .name = "Failure", .parts = { failure_members } };
const struct shape invalid_shape = { .name = "InvalidInput", .parts = { invalid_members } };

void failure_write(const char *sentence, writer *w)
{
    const struct failure failure = { sentence };

    ensure(sentence != NULL);
    shape_write(&failure_shape, &failure, ABSENT_LEFT_OUT, w);
}
