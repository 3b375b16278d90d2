/* Query, form and JSON body into one record, by the tables of a row; then its target. */
#include "web/call_input.h"

#include "base/ensure.h"
#include "web/body.h"

static bool read_form(const struct call *call, const struct param *table, struct task *task,
                      struct problems *problems, agentos_error *err)
{
    const struct request *request = call->request;
    struct form form = { 0 };
    arena *a = task->arena;

    return form_parse_body(a, &request->headers, request->body, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "body", a, task, problems);
}

static bool read_json(const struct call *call, const struct field *table, struct task *task,
                      struct problems *problems)
{
    const json_t *body = NULL;

    return body_parse_required(call->request, task->arena, &body, problems) &&
           fields_read(table, body, task, "body", problems);
}

/* In this order: the first part that is at fault is told. */
static bool read_record(const struct call *call, const struct input *input, struct task *task,
                        struct problems *problems, agentos_error *err)
{
    ensure(input->form == NULL || input->json == NULL);
    if (input->query != NULL && !call_query(call, input->query, task, problems, err))
        return false;
    if (input->form != NULL && !read_form(call, input->form, task, problems, err))
        return false;
    return input->json == NULL || read_json(call, input->json, task, problems);
}

/* The target is looked for last: a faulty input is told first. */
bool call_read_input(struct call *call)
{
    const struct route *route = call->route;
    const struct input *input = route_input(route);
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err = { .status = AGENTOS_OK };

    ensure(input->record == 0 || input->record >= sizeof(struct task));
    if (input->record > 0 &&
        !read_record(call, input, call_task(call, input->record), &problems, &err)) {
        call_refuse(call, call->task, &problems, &err);
        return false;
    }
    if (route->target == NULL || route->target(call, &err) == AGENTOS_OK)
        return true;
    ensure(err.status != AGENTOS_OK);
    if (call->task != NULL)
        call_drop(call, call->task);
    call_fail(call, &err);
    return false;
}
