/* Reads the input of a route before its handler is called. */
#include "web/call_input.h"

#include "base/ensure.h"
#include "web/body.h"

/* Reads the form into the record. On failure sets either problems or err. */
static bool read_form(const struct call *call, const struct param *table, struct task *task,
                      struct problems *problems, agentos_error *err)
{
    const struct request *request = call->request;
    struct form form = { 0 };
    arena *a = task->arena;

    return form_parse_body(a, &request->headers, request->body, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "body", a, task, problems);
}

/* Returns whether there is a body to read. Adds a problem if a required one is absent. */
static bool has_members(const struct input *input, const json_t *body, struct problems *problems)
{
    const char *first = input->json[0].name;

    ensure(first != NULL);
    if (input->json_need == BODY_MEMBER_REQUIRED && json_object_get(body, first) == NULL) {
        problems_add_missing(problems, "body", first);
        return false;
    }
    if (input->json_need == BODY_REQUIRED && body == NULL)
        problems_add_missing(problems, "body", NULL);
    return body != NULL;
}

/* Reads the JSON body into the record. `parsed` owns the values. Returns false if it added a
 * problem. */
static bool read_json(const struct call *call, const struct input *input, arena *parsed,
                      struct task *task, struct problems *problems)
{
    const json_t *body = NULL;

    ensure(parsed != NULL);
    ensure(input->json_at < input->record);
    if (!body_parse(call->request, parsed, &body, problems))
        return false;
    if (!has_members(input, body, problems))
        return problems->count == 0;
    void *members = (char *)task + input->json_at; /* the struct that the body fills */
    return fields_read(input->json, body, members, "body", problems);
}

/* Reads the query, then the form or the JSON body, up to the first faulty part. */
static bool read_record(struct call *call, arena *parsed, struct task *task,
                        struct problems *problems, agentos_error *err)
{
    const struct input *input = route_input(call->route);

    ensure(input->form == NULL || input->json == NULL);
    if (input->query != NULL && !call_query(call, input->query, task, problems, err))
        return false;
    if (input->complete != NULL && !input->complete(call, task, problems, err))
        return false;
    if (input->form != NULL && !read_form(call, input->form, task, problems, err))
        return false;
    return input->json == NULL || read_json(call, input, parsed, task, problems);
}

/* Answers the call and returns false if this server is not set up for the route. */
static bool check_available(struct call *call)
{
    agentos_error err = { .status = AGENTOS_OK };

    ensure(call->task == NULL);
    if (call->route->available == NULL)
        return true;
    if (call->route->available(call, &err) == AGENTOS_OK)
        return true;
    call_fail(call, &err);
    return false;
}

/* Creates the call's task and reads the input into it. Answers the call and returns false on
 * failure. */
static bool fill_record(struct call *call, arena *parsed)
{
    const struct input *input = route_input(call->route);
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err = { .status = AGENTOS_OK };

    if (input->record == 0)
        return true;
    ensure(input->record >= sizeof(struct task));
    struct task *task = call_task(call, input->record);
    if (read_record(call, parsed, task, &problems, &err))
        return true;
    call_refuse(call, task, &problems, &err);
    return false;
}

/* Looks up the object that the path names. Answers the call and returns false if there is none. */
static bool find_target(struct call *call)
{
    agentos_error err = { .status = AGENTOS_OK };

    ensure(call->target == NULL);
    if (call->route->target == NULL)
        return true;
    if (call->route->target(call, &err) == AGENTOS_OK)
        return true;
    ensure(err.status != AGENTOS_OK);
    if (call->task != NULL)
        call_drop(call, call->task);
    call_fail(call, &err);
    return false;
}

/* Reads the call's input, then looks up its target. Answers the call and returns false on
 * failure. */
bool call_read_input(struct call *call, arena *parsed)
{
    if (!check_available(call))
        return false;
    if (!fill_record(call, parsed))
        return false;
    return find_target(call);
}
