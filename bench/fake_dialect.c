/* Events shaped as OpenAI's are, rendered before the first request so that streaming costs a copy.
 */
#include "fake_dialect.h"

#include "base/limits.h"
#include "http/sse.h"

#define MESSAGE "\"id\":\"msg_68a1b2c3d4e5f60718293a4b5c6d7e8f\""
#define CHUNK                                                                                      \
    "\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795288568,\"model\":" \
    "\"fake\""

/* "%s" stands for a word or the whole text. */
struct dialect fake_dialects[FAKE_DIALECTS] = {
    { .path = "/v1/responses",
      .opening_event = "response.created",
      .opening =
          "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\","
          "\"object\":\"response\",\"status\":\"in_progress\",\"model\":\"fake\",\"output\":[]}}",
      .delta_event = "response.output_text.delta",
      .delta = "{\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"item_id\":"
               "\"msg_68a1b2c3d4e5f60718293a4b5c6d7e8f\",\"output_index\":0,\"content_index\":0,"
               "\"delta\":\"%s\",\"logprobs\":[],\"obfuscation\":\"Qp3kd93kLm\"}",
      .closing_event = "response.completed",
      .closing =
          "{\"type\":\"response.completed\",\"sequence_number\":9,\"response\":{\"id\":\"resp_1\","
          "\"object\":\"response\",\"status\":\"completed\",\"model\":\"fake\",\"output\":[],"
          "\"usage\":{\"input_tokens\":11,\"input_tokens_details\":{\"cached_tokens\":0},"
          "\"output_tokens\":20,\"output_tokens_details\":{\"reasoning_tokens\":0},"
          "\"total_tokens\":31}}}",
      .whole =
          "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"error\":null,"
          "\"model\":\"fake\",\"output\":[{" MESSAGE ",\"type\":\"message\",\"role\":\"assistant\","
          "\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\","
          "\"annotations\":[]}]}],\"usage\":{\"input_tokens\":11,\"output_tokens\":20,"
          "\"total_tokens\":31}}" },
    { .path = "/v1/chat/completions",
      .opening = "{" CHUNK
                 ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
                 "\"logprobs\":null,\"finish_reason\":null}]}",
      .delta =
          "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"logprobs\":null,"
          "\"finish_reason\":null}]}",
      .closing =
          "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
          "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":20,"
          "\"total_tokens\":31}}",
      .last = "[DONE]",
      .whole = "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1795288568,"
               "\"model\":\"fake\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
               "\"content\":\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":11,"
               "\"completion_tokens\":20,\"total_tokens\":31}}" },
};

static void append_filled(buf *out, const char *template, str text)
{
    str rest = str_of(template);
    const char *hole = strstr(template, "%s");

    if (hole != NULL) {
        buf_append(out, (str){ rest.ptr, (size_t)(hole - rest.ptr) });
        buf_append(out, text);
        rest = str_of(hole + 2);
    }
    buf_append(out, rest);
}

static void append_frame(buf *out, const char *event, const char *template, str text)
{
    AUTO_BUF data = buf_with_limit(EVENT_LINE_MAX_BYTES);

    append_filled(&data, template, text);
    sse_append(out, str_of(event), buf_view(&data));
}

static void render(struct dialect *d, int64_t deltas, int64_t size_bytes)
{
    AUTO_BUF word = buf_with_limit(EVENT_LINE_MAX_BYTES);
    AUTO_BUF text = buf_with_limit(PROVIDER_BODY_MAX_BYTES);

    buf_append(&word, STR(" "));
    while (word.len < (size_t)size_bytes)
        buf_append(&word, STR("w"));
    for (int64_t i = 0; i < deltas; i++)
        buf_append(&text, buf_view(&word));
    d->opening_frames = d->delta_frame = d->closing_frames = d->whole_body =
        buf_with_limit(PROVIDER_BODY_MAX_BYTES);
    append_frame(&d->opening_frames, d->opening_event, d->opening, STR(""));
    append_frame(&d->delta_frame, d->delta_event, d->delta, buf_view(&word));
    append_frame(&d->closing_frames, d->closing_event, d->closing, STR(""));
    if (d->last != NULL)
        sse_append(&d->closing_frames, STR(""), str_of(d->last));
    append_filled(&d->whole_body, d->whole, buf_view(&text));
}

static void forget(struct dialect *d)
{
    buf_clear(&d->opening_frames);
    buf_clear(&d->delta_frame);
    buf_clear(&d->closing_frames);
    buf_clear(&d->whole_body);
}

void fake_render(int64_t deltas, int64_t size_bytes)
{
    for (size_t i = 0; i < FAKE_DIALECTS; i++)
        render(&fake_dialects[i], deltas, size_bytes);
}

void fake_forget(void)
{
    for (size_t i = 0; i < FAKE_DIALECTS; i++)
        forget(&fake_dialects[i]);
}
