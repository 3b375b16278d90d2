/* Parses long values of answers away from the loop. */
#include "model/provider_parse.h"

#include "base/mem.h"
#include "loop/offload.h"
#include "json/mend.h"

struct provider_parse {
    struct offload offload;
    struct loop *loop;
    struct provider_call *call; /* NULL if the parse was dropped; only for the loop's thread */
    buf name;                   /* of the event */
    buf text;
    str value;    /* in `text` */
    json_t *json; /* NULL if the value is no JSON */
};

static struct provider_parse *parse_of(struct offload *offload)
{
    return LIST_OWNER(offload, struct provider_parse, offload);
}

json_t *provider_parse_value(str name, str text)
{
    json_t *json = NULL;

    if (json_parse_mended(text, &json, NULL) == AGENTOS_OK)
        return json;
    if (str_equal(name, STR("error")))
        return json_stringn(text.ptr, text.len); /* NULL if it is not UTF-8 */
    return NULL;
}

static void parse_value(struct offload *offload)
{
    struct provider_parse *parse = parse_of(offload);

    parse->json = provider_parse_value(buf_view(&parse->name), parse->value);
}

/* Frees the value on the thread: a tree of many values takes as long to free as to parse. */
static void free_value(struct offload *offload)
{
    struct provider_parse *parse = parse_of(offload);

    json_decref(parse->json);
    buf_clear(&parse->text);
    buf_clear(&parse->name);
}

static void free_parse(struct offload *offload)
{
    free(parse_of(offload));
}

static void hand_over(struct offload *offload)
{
    struct provider_parse *parse = parse_of(offload);
    struct provider_call *call = parse->call;
    struct loop *loop = parse->loop;

    if (call != NULL) {
        ensure(call->body.parse == parse);
        call->body.parse = NULL;
        provider_on_parsed(call, buf_view(&parse->name), parse->json); /* may free the call */
    }
    parse->offload = (struct offload){ .run = free_value, .done = free_parse };
    loop_offload(loop, &parse->offload);
}

void provider_parse_begin(struct provider_call *call, str name, buf text, str value)
{
    ensure(call->body.parse == NULL);
    ensure(text.ptr <= value.ptr && value.ptr + value.len <= text.ptr + text.len);
    struct provider_parse *parse = mem_zeroed(sizeof(*parse));

    parse->offload = (struct offload){ .run = parse_value, .done = hand_over };
    parse->loop = call->base.loop;
    parse->call = call;
    parse->name = buf_with_limit(EVENT_LINE_MAX_BYTES);
    buf_append(&parse->name, name);
    parse->text = text;
    parse->value = value;
    call->body.parse = parse;
    loop_offload(parse->loop, &parse->offload);
}

void provider_parse_drop(struct provider_call *call)
{
    if (call->body.parse != NULL)
        call->body.parse->call = NULL;
    call->body.parse = NULL;
}
