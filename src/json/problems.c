/* Collects the problems of an input for a 422 response. */
#include "json/problems.h"

#include "base/ensure.h"

enum { PROBLEM_MAX_BYTES = 16 * 1024 }; /* a longer input is not echoed */

/* Writes the path of the invalid value. */
static void write_loc(const void *record, writer *w)
{
    const struct problem *problem = record;

    write_array(w);
    write_string(w, problem->where);
    if (problem->name != NULL)
        write_string(w, problem->name);
    if (problem->has_position)
        write_integer(w, (int64_t)problem->position);
    if (problem->member != NULL)
        write_string(w, problem->member);
    write_end(w);
}

/* Writes the invalid value, or null if there is none. */
static void write_input(const void *record, writer *w)
{
    const struct problem *problem = record;

    if (problem->input_raw != NULL)
        write_raw(w, str_of(problem->input_raw));
    else if (problem->input != NULL)
        write_string(w, problem->input);
    else
        write_json(w, problem->input_json);
}

// clang-format off
/* The parameters of a message. */
static const struct member ctx_members[] = {
    { .name = "ge",       .type = VALUE_INTEGER, .need = OR_LEFT_OUT },
    { .name = "le",       .type = VALUE_INTEGER, .need = OR_LEFT_OUT },
    { .name = "expected", .type = VALUE_STRING,  .need = OR_LEFT_OUT },
    { .name = "error",    .type = VALUE_ANY,     .need = OR_LEFT_OUT },
    { .name = "field_type",    .type = VALUE_STRING,  .need = OR_LEFT_OUT },
    { .name = "min_length",    .type = VALUE_INTEGER, .need = OR_LEFT_OUT },
    { .name = "max_length",    .type = VALUE_INTEGER, .need = OR_LEFT_OUT },
    { .name = "actual_length", .type = VALUE_INTEGER, .need = OR_LEFT_OUT },
    MEMBERS_END,
};

static const struct shape ctx_shape = { .name = "ProblemContext", .parts = { ctx_members } };

static const struct member problem_members[] = {
    SHOW(struct problem, type, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_KEY, "loc", write_loc, ALWAYS_THERE, .is_list = true),
    SHOW_AS("msg", struct problem, message, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_ANY, "input", write_input, ALWAYS_THERE),
    SHOW_TYPED(VALUE_OBJECT, "ctx", struct problem, ctx, OR_LEFT_OUT, .shape = &ctx_shape),
    MEMBERS_END,
};
// clang-format on

const struct shape problem_shape = { .name = "Problem", .parts = { problem_members } };

/* Appends the problem as a JSON object. */
static void render_problem(buf *out, const struct problem *problem)
{
    shape_write(&problem_shape, problem, ABSENT_LEFT_OUT, &(writer){ .out = out });
}

/* Renders and counts the problem. A long input, or the problem if the list is full, is left out. */
void problems_add(struct problems *p, const struct problem *problem)
{
    ensure(problem->type != NULL && problem->where != NULL && problem->message != NULL);
    ensure(buf_ok(&p->text));
    AUTO_BUF text = buf_with_limit(PROBLEM_MAX_BYTES);

    p->count++;
    render_problem(&text, problem);
    if (!buf_ok(&text)) {
        struct problem without_input = *problem;

        without_input.input = NULL;
        without_input.input_json = NULL;
        without_input.input_raw = NULL;
        buf_clear(&text);
        render_problem(&text, &without_input);
    }
    if (!buf_ok(&text) || text.len + strlen(",") > p->text.limit - p->text.len)
        return; /* there is no room for the problem, but it is counted */
    if (p->text.len > 0)
        buf_append(&p->text, STR(","));
    buf_append(&p->text, buf_view(&text));
}

void problems_add_missing(struct problems *p, const char *where, const char *name)
{
    problems_add(
        p, &(struct problem){
               .type = "missing", .where = where, .name = name, .message = "Field required" });
}

void problems_write(const struct problems *p, writer *w)
{
    ensure(buf_ok(&p->text));
    write_array(w);
    buf_append(w->out, buf_view(&p->text));
    write_end(w);
}

void problems_clear(struct problems *p)
{
    buf_clear(&p->text);
    p->count = 0;
}
