/* Parses long values of answers away from the loop. */
#include "model/provider_parse.h"

#include "base/mem.h"
#include "loop/offload.h"
#include "json/mend.h"

struct provider_parse {
    struct offload offload;
    struct provider_call *call; /* NULL if the parse was dropped; only for the loop's thread */
    buf text;
    str value;    /* in `text` */
    json_t *json; /* NULL if the value is no JSON */
};

static struct provider_parse *parse_of(struct offload *offload)
{
    return LIST_OWNER(offload, struct provider_parse, offload);
}

static void parse_value(struct offload *offload)
{
    struct provider_parse *parse = parse_of(offload);

    if (json_parse_mended(parse->value, &parse->json, NULL) != AGENTOS_OK)
        parse->json = NULL;
}

static void hand_over(struct offload *offload)
{
    struct provider_parse *parse = parse_of(offload);
    struct provider_call *call = parse->call;

    if (call != NULL) {
        ensure(call->body.parse == parse);
        call->body.parse = NULL;
        provider_on_parsed(call, parse->json); /* may free the call */
    }
    json_decref(parse->json);
    buf_clear(&parse->text);
    free(parse);
}

void provider_parse_begin(struct provider_call *call, buf text, size_t begin, size_t end)
{
    ensure(call->body.parse == NULL);
    ensure(begin < end && end <= text.len);
    struct provider_parse *parse = mem_zeroed(sizeof(*parse));

    parse->offload = (struct offload){ .run = parse_value, .done = hand_over };
    parse->call = call;
    parse->text = text;
    parse->value = (str){ text.ptr + begin, end - begin };
    call->body.parse = parse;
    loop_offload(call->base.loop, &parse->offload);
}

void provider_parse_drop(struct provider_call *call)
{
    if (call->body.parse != NULL)
        call->body.parse->call = NULL;
    call->body.parse = NULL;
}
