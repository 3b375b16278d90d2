/* The forms in which providers send answers, and what is made of each of them: an answer or a
 * failed run, and never an empty success for what was not understood. */
#include "conversation.h"

/* What a provider says, and the deltas that come of it. message: the error at the end, NULL if the
 * call ends well. */
struct form {
    const char *provider;
    bool stream;
    str say;
    const char *deltas, *message;
};

#define EVENT(data) "data: " data "\n\n"
#define ITEM(json)  "{\"type\":\"response.output_item.done\",\"item\":" json "}"
#define ADDED       EVENT("{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"message\"}}")
#define MESSAGE_ITEM(text)                          \
    "{\"type\":\"message\",\"role\":\"assistant\"," \
    "\"content\":[{\"type\":\"output_text\",\"text\":\"" text "\"}]}"
#define CHOICE(json)  JSON "{\"choices\":[" json "]}"
#define CONTENT(json) CHOICE("{\"message\":{\"role\":\"assistant\",\"content\":" json "}}")

/* piece: as many bytes are sent at a time; 0: all at once. */
static void hear(const struct form *form, size_t piece)
{
    const struct script script = { form->say, THEN_CLOSE, piece };
    struct conversation c = { .scripts = &script, .count = 1, .provider = form->provider };
    struct model_run run = { .stream = form->stream };

    converse(&c, &run);
    if (run.done + run.errors != 1 || (run.done == 1) != (form->message == NULL))
        fail_msg("%.*s: %s", (int)form->say.len, form->say.ptr, run.message);
    assert_string_equal(run.message, form->message != NULL ? form->message : "");
    assert_text(buf_view(&run.deltas), str_of(form->deltas));
    finish(&c, &run);
}

static void hear_all(const struct form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hear(&forms[i], 0);
}

// clang-format off
#define THOUGHT "{\"type\":\"reasoning\",\"content\":[{\"type\":\"reasoning_text\",\"text\":\"THOUGHT\"}],\"summary\":[]}"
#define ECHO    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"QUESTION\"}]}"
#define ECHO_2  "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"output_text\",\"text\":\"QUESTION\"}]}"
#define OUTPUT  "{\"type\":\"function_call_output\",\"content\":[{\"type\":\"output_text\",\"text\":\"TOOL\"}]}"
#define SEARCH  "{\"type\":\"web_search_call\",\"content\":[{\"text\":\"PAGE\"}]}"
#define WHOLE(items) JSON "{\"object\":\"response\",\"status\":\"completed\",\"output\":[" items "]}"

static void only_the_models_messages_are_the_answer(void **state)
{
    static const struct form forms[] = {
        { RESPONSES, false, STR_INIT(WHOLE(THOUGHT "," MESSAGE_ITEM("Hi"))), "{THOUGHT}[Hi]", NULL },
        { RESPONSES, false, STR_INIT(WHOLE(ECHO "," ECHO_2 "," MESSAGE_ITEM("Hi"))), "[Hi]", NULL },
        { RESPONSES, false, STR_INIT(WHOLE(OUTPUT "," SEARCH "," MESSAGE_ITEM("Hi"))), "[Hi]", NULL },
        { RESPONSES, false, STR_INIT(WHOLE(MESSAGE_ITEM("a") "," THOUGHT "," MESSAGE_ITEM("b"))), "[a]{THOUGHT}[b]", NULL },
        { RESPONSES, false, STR_INIT(WHOLE("{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]}")), "[No.]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[" THOUGHT "," ECHO "," MESSAGE_ITEM("Hi") "]}}")), "{THOUGHT}[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT(ITEM(THOUGHT)) EVENT(ITEM(ECHO_2)) EVENT(ITEM(MESSAGE_ITEM("Hi"))) COMPLETED), "{THOUGHT}[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[" THOUGHT "]}}")), "{THOUGHT}", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void a_content_in_parts_is_the_answer_and_an_unknown_form_is_an_error(void **state)
{
    static const char unread[] = "The model provider's answer has only content that this server cannot read";
    static const struct form forms[] = {
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"text\",\"text\":\"Hi\"}]")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"reference\",\"reference_ids\":[1]},{\"type\":\"text\",\"text\":\" you\"}]")), "[Hi][ you]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[\"Hi\",\" you\"]")), "[Hi][ you]", NULL },
        { CHAT, false, STR_INIT(CONTENT("{\"type\":\"text\",\"text\":\"Hi\"}")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"output_text\",\"text\":\"Hi\"}]")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"text\",\"text\":{\"value\":\"Hi\"}}]")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"text\":\"Hi\"}]")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"refusal\",\"refusal\":\"No.\"}]")), "[No.]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}}]}") DONE), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/\"}}]")), "", unread },
        { CHAT, false, STR_INIT(CONTENT("17")), "", unread },
        { CHAT, false, STR_INIT(CONTENT("[[\"Hi\"]]")), "", unread },
        { CHAT, false, STR_INIT(CONTENT("{\"parts\":[\"Hi\"]}")), "", unread },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"content\":{\"x\":1}},\"finish_reason\":\"stop\"}]}") DONE), "", unread },
        { RESPONSES, false, STR_INIT(WHOLE("{\"type\":\"message\",\"role\":\"assistant\",\"content\":\"Hi\"}")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("\"\"")), "", NULL },
        { CHAT, false, STR_INIT(CONTENT("[]")), "", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void a_stream_is_over_when_it_says_so_and_cut_when_it_does_not(void **state)
{
    static const char cut[] = "The model provider closed the stream before the answer was complete";
    static const char nothing[] = "The model provider ended its answer without saying anything";
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a") "data: [DONE] \n\n"), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a") "data:[DONE]\t\n\n"), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") EVENT("[DONE]")), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") COMPLETED EVENT("[DONE]")), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") EVENT("{\"type\":\"response.done\",\"response\":{\"status\":\"completed\"}}")), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN ADDED DELTA("a") EVENT(ITEM(MESSAGE_ITEM("a")))), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN ADDED EVENT(ITEM(THOUGHT)) ADDED EVENT(ITEM(MESSAGE_ITEM("a")))), "{THOUGHT}[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN ADDED EVENT(ITEM(MESSAGE_ITEM("a"))) ADDED), "[a]", cut },
        { RESPONSES, true, STR_INIT(SSE_OPEN ADDED EVENT(ITEM(THOUGHT))), "{THOUGHT}", cut },
        { RESPONSES, true, STR_INIT(SSE_OPEN ADDED DELTA("a")), "[a]", cut },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}]}")), "[a]", cut },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}]}") FINISH), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}")), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a") EVENT("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("[DONE]")), "", nothing },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.created\"}") EVENT("[DONE]")), "", nothing },
        { CHAT, true, STR_INIT(SSE_OPEN FINISH DONE), "", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void a_text_that_comes_only_when_it_is_done_is_heard_once(void **state)
{
#define TEXT_DONE(text)  EVENT("{\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":0,\"text\":\"" text "\"}")
#define PART_DONE(text)  EVENT("{\"type\":\"response.content_part.done\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"" text "\"}}")
#define NEXT_DONE(text)  EVENT("{\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":1,\"text\":\"" text "\"}")
#define ITEM_DONE(text)  EVENT(ITEM(MESSAGE_ITEM(text)))
    static const struct form forms[] = {
        { RESPONSES, true, STR_INIT(SSE_OPEN TEXT_DONE("Hi") COMPLETED), "[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN PART_DONE("Hi") COMPLETED), "[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN ITEM_DONE("Hi") COMPLETED), "[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN TEXT_DONE("Hi") PART_DONE("Hi") ITEM_DONE("Hi") COMPLETED), "[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("H") DELTA("i") TEXT_DONE("Hi") PART_DONE("Hi") ITEM_DONE("Hi") COMPLETED), "[H][i]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN TEXT_DONE("a") NEXT_DONE("b") COMPLETED), "[a][b]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") TEXT_DONE("a") NEXT_DONE("b") COMPLETED), "[a][b]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN ITEM_DONE("a") ITEM_DONE("b") COMPLETED), "[a][b]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.refusal.done\",\"refusal\":\"No.\"}") COMPLETED), "[No.]", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void no_failure_looks_like_a_success(void **state)
{
    static const char boom[] = "The model provider failed: boom";
    static const char wordless[] = "The model provider failed: it did not say why";
    static const char cut_off[] = "The model's answer was cut off before its first word, by a limit or a filter";
    static const struct form forms[] = {
        { CHAT, false, STR_INIT(CHOICE("{\"error\":{\"message\":\"boom\",\"code\":502},\"message\":{\"content\":\"\"}}")), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"error\":{\"message\":\"boom\"},\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}") DONE), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a") EVENT("{\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}") DONE), "[a]", wordless },
        { CHAT, false, STR_INIT(JSON "{\"object\":\"error\",\"message\":\"boom\",\"code\":400}"), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"object\":\"error\",\"message\":\"boom\"}") DONE), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN "event: error\n" EVENT("{\"message\":\"boom\"}") DONE), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN "event: error\n" EVENT("{\"error\":{\"message\":\"boom\"}}") DONE), "", boom },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a") "event: error\n" EVENT("boom") DONE), "[a]", boom },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") "event: error\n" EVENT("{\"code\":\"server_error\"}") EVENT("[DONE]")), "[a]", wordless },
        { CHAT, false, STR_INIT(JSON "{\"detail\":\"boom\"}"), "", boom },
        { CHAT, true, STR_INIT(JSON "{\"success\":false,\"errors\":[{\"message\":\"boom\"}]}"), "", boom },
        { RESPONSES, false, STR_INIT(JSON "{\"message\":\"boom\"}"), "", boom },
        { CHAT, false, STR_INIT(JSON "{\"choices\":[]}"), "", "The model provider's answer is no chat completion" },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":null}")), "", "The model provider's answer is no chat completion" },
        { CHAT, false, STR_INIT(CHOICE("null")), "", "The model provider's answer is no chat completion" },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[]}") DONE), "", "The model provider ended its answer without saying anything" },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":null}]}") DONE), "", "The model provider ended its answer without saying anything" },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}") DONE), "", cut_off },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"\"},\"finish_reason\":\"content_filter\"}")), "", cut_off },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"failed\",\"error\":{\"message\":\"boom\"},\"output\":[]}"), "", boom },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"failed\",\"error\":null,\"output\":[" MESSAGE_ITEM("half") "]}"), "", wordless },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"cancelled\",\"output\":[]}"), "", "The model provider cancelled the answer" },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"queued\",\"output\":[]}"), "", "The model provider has not finished the answer yet" },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"in_progress\",\"output\":[]}"), "", "The model provider has not finished the answer yet" },
        { RESPONSES, false, STR_INIT(JSON "{\"status\":\"incomplete\",\"output\":[]}"), "", cut_off },
        { RESPONSES, false, STR_INIT(JSON "{\"output\":[]}"), "", "The model provider's answer is no answer of the Responses API" },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") EVENT("{\"type\":\"response.completed\",\"response\":{\"status\":\"failed\",\"error\":{\"message\":\"boom\"}}}")), "[a]", boom },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") EVENT("{\"type\":\"response.done\",\"response\":{\"status\":\"cancelled\"}}")), "[a]", "The model provider cancelled the answer" },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a") EVENT("{\"type\":\"response.cancelled\"}")), "[a]", "The model provider cancelled the answer" },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\"}}")), "", cut_off },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void an_empty_error_beside_a_good_answer_is_none(void **state)
{
    static const struct form forms[] = {
        { CHAT, false, STR_INIT(JSON "{\"error\":{},\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"), "[Hi]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"error\":\"\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"), "[Hi]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"error\":false,\"choices\":[{\"message\":{\"content\":\"Hi\"},\"error\":null}]}"), "[Hi]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"error\":{\"code\":null,\"message\":\"\"},\"choices\":[{\"message\":{\"content\":\"Hi\"},\"error\":[]}]}"), "[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"error\":0,\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}") DONE), "[Hi]", NULL },
        { RESPONSES, false, STR_INIT(JSON "{\"error\":{},\"status\":\"completed\",\"output\":[" MESSAGE_ITEM("Hi") "]}"), "[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.output_text.delta\",\"delta\":\"Hi\",\"error\":{}}") COMPLETED), "[Hi]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"error\":{\"code\":500},\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"), "", "The model provider failed: it did not say why" },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void an_event_without_data_says_nothing(void **state)
{
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(SSE_OPEN "data:\n\n" CHUNK("a") "data: \n\n" CHUNK("b") DONE), "[a][b]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN "data:   \n\n" DELTA("a") "data:\ndata:\n\n" COMPLETED), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN "event: ping\ndata:\t\r\n\r\n" DELTA("a") COMPLETED), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN "event: error\ndata:\n\n" CHUNK("a") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN "data:\n\n"), "", "The model provider closed the stream before the answer was complete" },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void reasoning_is_told_apart_from_the_answer(void **state)
{
#define SUMMARY "{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"So\"},{\"type\":\"summary_text\",\"text\":\" be it\"}],\"content\":[{\"type\":\"reasoning_text\",\"text\":\"LONG\"}]}"
#define DELTA_OF(json) EVENT("{\"choices\":[{\"delta\":" json "}]}")
    static const char cut_off[] = "The model's answer was cut off before its first word, by a limit or a filter";
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning_content\":\"So\"}") DELTA_OF("{\"reasoning_content\":null,\"content\":\"Hi\"}") DONE), "{So}[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning\":\"So\",\"content\":\"\"}") CHUNK("Hi") DONE), "{So}[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning_content\":\"So\",\"reasoning\":\"So\",\"content\":\"Hi\"}") DONE), "{So}[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning_content\":\"\",\"reasoning\":\"So\"}") CHUNK("Hi") DONE), "{So}[Hi]", NULL },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"Hi\",\"reasoning_content\":\"So\"}}")), "{So}[Hi]", NULL },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"Hi\",\"reasoning\":\"So\"}}")), "{So}[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"So\"}]},{\"type\":\"text\",\"text\":\"Hi\"}]")), "{So}[Hi]", NULL },
        { CHAT, false, STR_INIT(CONTENT("[{\"type\":\"thinking\",\"thinking\":\"So\"},{\"type\":\"text\",\"text\":\"Hi\"}]")), "{So}[Hi]", NULL },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"Hi\",\"reasoning\":{\"effort\":\"low\"}}}")), "[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning_content\":\"a\\u0000b\"}") FINISH DONE), "{a}{b}", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN DELTA_OF("{\"reasoning\":\"So\"}") EVENT("{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}") DONE), "{So}", cut_off },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.reasoning_summary_text.delta\",\"delta\":\"So\"}") EVENT(ITEM(SUMMARY)) DELTA("Hi") COMPLETED), "{So}[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.reasoning_text.delta\",\"delta\":\"So\"}") DELTA("Hi") COMPLETED), "{So}[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT(ITEM(SUMMARY)) DELTA("Hi") COMPLETED), "{So}{ be it}[Hi]", NULL },
        { RESPONSES, false, STR_INIT(WHOLE(SUMMARY "," MESSAGE_ITEM("Hi"))), "{So}{ be it}[Hi]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("Hi") EVENT("{\"type\":\"response.completed\",\"response\":{\"output\":[" SUMMARY "," MESSAGE_ITEM("Hi") "]}}")), "[Hi]{So}{ be it}", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void the_first_bytes_decide_what_a_body_is_and_not_its_label(void **state)
{
#define LABELLED(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define UNLABELLED     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define HI             "{\"choices\":[{\"message\":{\"content\":\"H{\\\"[i\"}}]}"
#define PRETTY         "{\n  \"choices\": [\n    {\"message\": {\"content\": \"Hi\"}}\n  ]\n}\n"
#define LINE(text)     "{\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n"
#define LAST_LINE      "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n"
    static const char cut[] = "The model provider closed the stream before the answer was complete";
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") CHUNK("a") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(LABELLED("text/plain; charset=utf-8") CHUNK("a") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(UNLABELLED CHUNK("a") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(LABELLED("application/json") ": wait\n\n" CHUNK("a") DONE), "[a]", NULL },
        { RESPONSES, true, STR_INIT(LABELLED("application/octet-stream") DELTA("a") COMPLETED), "[a]", NULL },
        { RESPONSES, true, STR_INIT(UNLABELLED "\xEF\xBB\xBF\r\n" DELTA("a") COMPLETED), "[a]", NULL },
        { CHAT, true, STR_INIT(UNLABELLED "retry: 3\nid: 7\n" CHUNK("a") DONE), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN HI), "[H{\"[i]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN PRETTY "data: [DONE]\n\n"), "[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN HI "data: [DONE]\n\n"), "[H{\"[i]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN HI "[DONE]"), "[H{\"[i]", NULL },
        { CHAT, false, STR_INIT(JSON "\n \n" HI), "[H{\"[i]", NULL },
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") LINE("a") LINE("b") LAST_LINE), "[a][b]", NULL },
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") LINE("a") "[DONE]\n"), "[a]", NULL },
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") "{\"choices\":[],\"usage\":null}\n" LINE("a") LAST_LINE), "[a]", NULL },
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") LINE("a") LINE("b")), "[a][b]", cut },
        { CHAT, true, STR_INIT(LABELLED("application/x-ndjson") LINE("a") "{\"choices\":[{\"del"), "[a]", cut },
        { RESPONSES, true, STR_INIT(UNLABELLED "{\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n{\"type\":\"response.completed\",\"response\":{}}\n"), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN "event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\nevent: response.completed\ndata: {\"response\":{}}\n\n"), "[a]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"object\":\"response\",\"status\":\"completed\",\"output\":[" MESSAGE_ITEM("Hi") "]}")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"choices\":[{\"message\":"), "", "The model provider's answer is not JSON" },
        { CHAT, true, STR_INIT(UNLABELLED), "", "The model provider's answer is not JSON" },
        { CHAT, true, STR_INIT(UNLABELLED "Service is starting"), "", "The model provider's answer is not JSON" },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
    for (EACH(forms, form))
        hear(form, 1);
}

static void faults_in_what_nobody_reads_do_not_end_the_run(void **state)
{
#define R "\xEF\xBF\xBD" /* U+FFFD */
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprob\":NaN}]}") DONE), "[a]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"created\":18446744073709551616,\"t\":-Infinity,\"choices\":[{\"message\":{\"content\":\"a\"}}]}"), "[a]", NULL },
        { CHAT, false, STR_INIT(JSON "{\"id\":1,\"id\":2,\"choices\":[{\"message\":{\"content\":\"a\"}}]}"), "[a]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("\\ud83d") CHUNK("\\ude00") DONE), "[" R "][" R "]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("\xF0\x9F") CHUNK("\x98\x80") CHUNK("\xF0\x9F\x98\x80") DONE), "[" R R "][" R R "][\xF0\x9F\x98\x80]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN DELTA("a\xFF") COMPLETED), "[a" R "]", NULL },
        { RESPONSES, true, STR_INIT(SSE_OPEN "data: \xEF\xBB\xBF{\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n" COMPLETED), "[a]", NULL },
        { RESPONSES, false, STR_INIT(JSON "\xEF\xBB\xBF" "{\"status\":\"completed\",\"n\":Infinity,\"output\":[" MESSAGE_ITEM("Hi") "]}"), "[Hi]", NULL },
        { CHAT, true, STR_INIT(SSE_OPEN CHUNK("a\tb") DONE), "[a" R "b]", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void a_compressed_answer_is_named_and_none_is_asked_for(void **state)
{
#define ENCODED(coding) "HTTP/1.1 200 OK\r\nContent-Encoding: " coding "\r\nConnection: close\r\n\r\n"
    static const char compressed[] = "The model provider sent a compressed answer, which it was not asked for";
    static const struct form forms[] = {
        { CHAT, true, STR_INIT(ENCODED("gzip") "\x1F\x8B\x08"), "", compressed },
        { CHAT, false, STR_INIT(ENCODED("br") "\x0B\x02"), "", compressed },
        { RESPONSES, true, STR_INIT(ENCODED("deflate, gzip") "\x78\x9C"), "", compressed },
        { CHAT, false, STR_INIT(ENCODED("identity") HI), "[H{\"[i]", NULL },
        { CHAT, false, STR_INIT(ENCODED("") HI), "[H{\"[i]", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}

static void a_call_of_a_tool_is_told_and_is_no_empty_answer(void **state)
{
    static const char named[] = "The model called the tool 'get_weather', but this agent has no tools";
    static const char nameless[] = "The model called a tool, but this agent has no tools";
    static const struct form forms[] = {
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}")), "", named },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"\",\"function_call\":{\"name\":\"get_weather\",\"arguments\":\"{}\"}}}")), "", named },
        { CHAT, true, STR_INIT(SSE_OPEN EVENT("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"get_weather\"}}]}}]}")
                               EVENT("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}") DONE), "", named },
        { RESPONSES, false, STR_INIT(WHOLE("{\"type\":\"function_call\",\"name\":\"get_weather\",\"arguments\":\"{}\"}")), "", named },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT(ITEM("{\"type\":\"function_call\",\"name\":\"get_weather\"}")) COMPLETED), "", named },
        { RESPONSES, true, STR_INIT(SSE_OPEN EVENT("{\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"custom_tool_call\",\"name\":\"get_weather\"}]}}")), "", named },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"tool_calls\":[{\"type\":\"function\"}]}}")), "", nameless },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"a\\nb\"}}]}}")), "", nameless },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"Hi\",\"tool_calls\":[]}}")), "[Hi]", NULL },
        { CHAT, false, STR_INIT(CHOICE("{\"message\":{\"content\":\"Hi\",\"tool_calls\":[{\"function\":{\"name\":\"x\"}}]}}")), "[Hi]", NULL },
    };

    (void)state;
    hear_all(forms, COUNT(forms));
}
// clang-format on

/* Small as text, and a hundred times as much when it is built: such an answer is refused unbuilt.
 */
static void an_answer_has_a_maximum_of_values(void **state)
{
    static const struct {
        const char *provider;
        bool stream;
        const char *begin, *item, *end, *message;
    } cases[] = {
        { CHAT, false, JSON "{\"choices\":[", "{}", "]}",
          "The model provider's answer is not JSON" },
        { RESPONSES, false, JSON "{\"output\":[", "[]", "]}",
          "The model provider's answer is not JSON" },
        { RESPONSES, true, SSE_OPEN "data: {\"x\":[", "0", "]}\n\n",
          "The model provider sent an event that is not JSON" },
        { CHAT, true, UNLABELLED "{\"choices\":[{\"delta\":{}}]}\n{\"x\":[", "\"\"", "]}\n",
          "The model provider's answer is not JSON" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF say = buf_with_limit(4 * MiB);

        buf_append(&say, str_of(c->begin));
        for (int i = 0; i < PROVIDER_JSON_VALUES_MAX; i++)
            buf_printf(&say, "%s,", c->item);
        buf_printf(&say, "%s%s", c->item, c->end);
        hear(&(struct form){ c->provider, c->stream, buf_view(&say), "", c->message }, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_models_messages_are_the_answer),
        cmocka_unit_test(a_content_in_parts_is_the_answer_and_an_unknown_form_is_an_error),
        cmocka_unit_test(a_stream_is_over_when_it_says_so_and_cut_when_it_does_not),
        cmocka_unit_test(a_text_that_comes_only_when_it_is_done_is_heard_once),
        cmocka_unit_test(no_failure_looks_like_a_success),
        cmocka_unit_test(an_empty_error_beside_a_good_answer_is_none),
        cmocka_unit_test(an_event_without_data_says_nothing),
        cmocka_unit_test(reasoning_is_told_apart_from_the_answer),
        cmocka_unit_test(the_first_bytes_decide_what_a_body_is_and_not_its_label),
        cmocka_unit_test(faults_in_what_nobody_reads_do_not_end_the_run),
        cmocka_unit_test(a_compressed_answer_is_named_and_none_is_asked_for),
        cmocka_unit_test(an_answer_has_a_maximum_of_values),
        cmocka_unit_test(a_call_of_a_tool_is_told_and_is_no_empty_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
