/* A model without a network, which echoes the last message and obeys a few commands. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "model/driver.h"

enum { WORD_PAUSE_MS = 50 };

struct offline_call {
    struct model_call base;
    struct deferral soon; /* the next piece at the end of this turn */
    struct timer later;   /* or after a pause */
    uint64_t pause_ms;    /* between pieces; 0: none */
    bool is_failure;      /* the answer is an error message */
    bool is_streaming;
    bool is_sending; /* inside send_pieces, which frees a cancelled call */
    buf answer;
    str rest; /* the unsent part of the answer */
    struct model_usage usage;
};

/* Returns true for ASCII whitespace. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns the first word with leading whitespace. The last word includes trailing whitespace. */
static str first_word(str text)
{
    size_t end = 0;

    while (end < text.len && is_blank(text.ptr[end]))
        end++;
    while (end < text.len && !is_blank(text.ptr[end]))
        end++;
    size_t next = end; /* where the next word begins */
    while (next < text.len && is_blank(text.ptr[next]))
        next++;
    if (next == text.len)
        end = next;
    return (str){ text.ptr, end };
}

static int64_t count_words(str text)
{
    int64_t words = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool begins_word = i == 0 || is_blank(text.ptr[i - 1]);

        if (begins_word && !is_blank(text.ptr[i]))
            words++;
    }
    return words;
}

/* ---- sending ---- */

static void free_call(struct offline_call *call)
{
    ensure(call->base.is_over);
    ensure(!call->is_sending);
    loop_undefer(call->base.loop, &call->soon);
    timer_stop(&call->later);
    buf_clear(&call->answer);
    free(call);
}

/* Reports the error or the end of the answer. */
static void send_end(struct offline_call *call)
{
    const struct model_answer answer = { .usage = call->usage };
    const char *message = call->answer.len > 0 ? call->answer.ptr : "failed as asked";

    ensure(!call->base.is_over);
    call->base.is_over = true;
    if (call->is_failure)
        call->base.events.on_error(call->base.user, "RuntimeError", message);
    else
        call->base.events.on_done(call->base.user, &answer);
}

/* Reports the next word, or the whole answer if it is not streamed. */
static void send_piece(struct offline_call *call)
{
    str piece = call->is_streaming ? first_word(call->rest) : call->rest;

    ensure(piece.len > 0);
    ensure(piece.len <= call->rest.len);
    call->rest = str_from(call->rest, piece.len);
    call->base.events.on_delta(call->base.user, piece);
}

/* Returns true if an event may be reported. The receiver may have cancelled or paused the call. */
static bool may_send(const struct offline_call *call)
{
    return !call->base.is_over && !call->base.is_paused;
}

/* Returns true if text is left. send_end reports the message of an error. */
static bool has_piece(const struct offline_call *call)
{
    return call->rest.len > 0 && !call->is_failure;
}

/* Reports the pieces that are due, then ends the call or schedules the next piece. */
static void send_pieces(struct offline_call *call)
{
    bool is_due = true;

    ensure(!call->is_sending);
    call->is_sending = true;
    while (is_due && may_send(call) && has_piece(call)) {
        send_piece(call);
        is_due = call->pause_ms == 0;
    }
    if (may_send(call) && !has_piece(call))
        send_end(call);
    call->is_sending = false;
    if (call->base.is_over)
        free_call(call);
    else if (!call->base.is_paused)
        timer_start(call->base.loop, &call->later, call->pause_ms);
}

static void send_soon(struct deferral *soon)
{
    send_pieces(LIST_OWNER(soon, struct offline_call, soon));
}

static void send_later(struct timer *later)
{
    send_pieces(LIST_OWNER(later, struct offline_call, later));
}

/* Schedules the next piece, after the pause or at the end of this turn. */
static void schedule_next(struct offline_call *call)
{
    ensure(!call->base.is_over);
    ensure(!call->is_sending);
    if (call->pause_ms > 0)
        timer_start(call->base.loop, &call->later, call->pause_ms);
    else
        loop_defer(call->base.loop, &call->soon);
}

/* ---- planning the answer ---- */

static void plan_echo(struct offline_call *call, str message)
{
    buf_append(&call->answer, STR("Echo: "));
    buf_append(&call->answer, message);
}

static void plan_failure(struct offline_call *call, str text)
{
    call->is_failure = true;
    buf_append(&call->answer, text);
}

static void plan_tool(struct offline_call *call, str text)
{
    (void)text;
    plan_failure(call, STR("tools are not supported yet"));
}

/* Plans "word1 word2 ...", one word every 50 ms. An invalid count means one word. */
static void plan_slow(struct offline_call *call, str text)
{
    int64_t words;

    if (!str_to_int(str_trim(text), &words) || words < 1 || words > OFFLINE_WORDS_MAX)
        words = 1;
    for (int64_t i = 1; i <= words; i++)
        buf_printf(&call->answer, i == 1 ? "word%lld" : " word%lld", (long long)i);
    call->pause_ms = call->is_streaming ? WORD_PAUSE_MS : (uint64_t)words * WORD_PAUSE_MS;
}

static const struct {
    str name;
    void (*plan)(struct offline_call *call, str argument);
} commands[] = {
    { STR_INIT("/fail"), plan_failure },
    { STR_INIT("/slow"), plan_slow },
    { STR_INIT("/tool"), plan_tool },
};

/* Plans the answer to a command such as "/slow 3". Returns false if the message is none. */
static bool plan_command(struct offline_call *call, str message)
{
    str argument = message;
    str name = str_split(&argument, ' ');

    for (size_t i = 0; i < COUNT(commands); i++)
        if (str_equal(name, commands[i].name)) {
            commands[i].plan(call, str_trim(argument));
            return true;
        }
    return false;
}

static void plan_answer(struct offline_call *call, str message)
{
    if (call->base.model->options.content != NULL)
        buf_append(&call->answer, str_of(call->base.model->options.content));
    else if (str_contains(message, STR("very long")))
        plan_slow(call, STR("100")); /* words */
    else if (!plan_command(call, message))
        plan_echo(call, message);
}

/* Replaces an answer over the limit by the error that a provider's would have. */
static void refuse_long_answer(struct offline_call *call)
{
    if (buf_ok(&call->answer))
        return;
    buf_clear(&call->answer);
    buf_append(&call->answer, STR("The model's answer is too long"));
    call->is_failure = true;
}

/* Returns the text of the last user message, or an empty text. */
static str last_user_text(const struct model_request *request, arena *a)
{
    for (size_t i = request->count; i > 0; i--)
        if (strcmp(request->messages[i - 1].role, "user") == 0)
            return model_message_text(&request->messages[i - 1], a);
    return STR("");
}

/* Counts words as tokens. */
static void count_usage(struct offline_call *call, const struct model_request *request, arena *a)
{
    for (size_t i = 0; i < request->count; i++)
        call->usage.input_tokens += count_words(model_message_text(&request->messages[i], a));
    call->usage.output_tokens = count_words(buf_view(&call->answer));
    call->usage.total_tokens = call->usage.input_tokens + call->usage.output_tokens;
}

/* ---- the driver ---- */

/* Plans the whole answer and schedules its first piece. */
static struct model_call *start_call(const struct model_call *base, struct client *client,
                                     const struct model_request *request)
{
    struct offline_call *call = mem_zeroed(sizeof(*call));
    AUTO(arena) *a = arena_new(); /* for joining message parts */

    (void)client; /* unused */
    call->base = *base;
    call->soon.run = send_soon;
    call->later.fire = send_later;
    call->is_streaming = request->stream;
    call->answer = buf_with_limit(base->answer_max_bytes);
    plan_answer(call, last_user_text(request, a));
    refuse_long_answer(call);
    count_usage(call, request, a);
    call->rest = buf_view(&call->answer);
    schedule_next(call);
    return &call->base;
}

static struct offline_call *call_of(struct model_call *base)
{
    return LIST_OWNER(base, struct offline_call, base);
}

/* Ends the call without an event. Inside an event, send_pieces frees it. */
static void cancel_call(struct model_call *base)
{
    ensure(!base->is_over);
    base->is_over = true;
    if (!call_of(base)->is_sending) /* otherwise send_pieces frees it */
        free_call(call_of(base));
}

static void pause_sending(struct model_call *base)
{
    loop_undefer(base->loop, &call_of(base)->soon);
    timer_stop(&call_of(base)->later);
}

static void resume_sending(struct model_call *base)
{
    struct offline_call *call = call_of(base);

    if (!call->is_sending) /* otherwise send_pieces continues */
        schedule_next(call);
}

/* Sets the model id that clients see. A fixed answer allows any id. */
static agentos_status check_id(struct model *model, agentos_error *err)
{
    str id = str_of(model->wire_id);

    if (str_equal(id, STR("echo")))
        model->wire_id = "echo-1";
    else if (model->options.content == NULL && !str_equal(id, STR("echo-1")))
        return fail(err, AGENTOS_INVALID,
                    "the offline provider has no model " QUOTED ", only 'echo'", QUOTE(id));
    return AGENTOS_OK;
}

const struct driver driver_offline = {
    .prepare = check_id,
    .start = start_call,
    .cancel = cancel_call,
    .pause = pause_sending,
    .resume = resume_sending,
};
