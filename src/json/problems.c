/* Collects the problems of an input for a 422 answer. Each problem is rendered as JSON when it is
 * added, so the data that it refers to may be freed afterwards. */
#include "json/problems.h"

#include "base/ensure.h"

enum { PROBLEM_MAX_BYTES = 16 * 1024 }; /* a longer input is not echoed */

/* Writes the value that caused the problem. It may be given as rendered JSON, as a text, or as a
 * JSON value; null is written if none of them is given. */
static void write_input(writer *w, const struct problem *problem)
{
    write_key(w, "input");
    if (problem->input_raw != NULL)
        write_raw(w, str_of(problem->input_raw));
    else if (problem->input != NULL)
        write_string(w, problem->input);
    else
        write_json(w, problem->input_json);
}

/* Appends the problem as a JSON object. Its `loc` is a list, such as ["body", "name"]. */
static void render_problem(buf *out, const struct problem *problem)
{
    writer w = { .out = out };

    write_object(&w);
    write_member(&w, "type", problem->type);
    write_key(&w, "loc");
    write_array(&w);
    write_string(&w, problem->where);
    if (problem->name != NULL)
        write_string(&w, problem->name);
    if (problem->has_position)
        write_integer(&w, (int64_t)problem->position);
    if (problem->member != NULL)
        write_string(&w, problem->member);
    write_end(&w);
    write_member(&w, "msg", problem->message);
    write_input(&w, problem);
    if (problem->ctx != NULL) {
        write_key(&w, "ctx");
        write_raw(&w, str_of(problem->ctx));
    }
    write_end(&w);
}

/* Counts the problem and adds it to the list if the list has room for it. The input is omitted if
 * it is too long. The problem is rendered before this returns and may be freed afterwards. */
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
