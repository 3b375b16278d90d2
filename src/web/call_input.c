/* Reading what a row takes before its handler is called: query, form and JSON body into one record,
 * by the row's tables; then what its path names. */
#include "web/call_input.h"

#include "base/ensure.h"
#include "web/body.h"

/* false: the problems say why, or err where there are none. */
static bool read_form(const struct call *call, const struct param *table, struct task *task,
                      struct problems *problems, agentos_error *err)
{
    const struct request *request = call->request;
    struct form form = { 0 };
    arena *a = task->arena;

    return form_parse_body(a, &request->headers, request->body, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "body", a, task, problems);
}

/* false: the problems say why. A body must be there. */
static bool read_json(const struct call *call, const struct field *table, struct task *task,
                      struct problems *problems)
{
    const json_t *body = NULL;

    return body_parse_required(call->request, task->arena, &body, problems) &&
           fields_read(table, body, task, "body", problems);
}

/* Reads the parts in this order and stops at the first faulty one, which alone is reported. */
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

/* Fills the row's record and finds its target. The target comes last, so that a faulty input is
 * reported first. false: the call is answered and gone. */
bool call_read_input(struct call *call)
{
    const struct route *route = call->route;
    const struct input *input = route_input(route);
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err = { .status = AGENTOS_OK };

    ensure(call->task == NULL && call->target == NULL);
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
