/* A model that is a function of the embedding program: it runs on a worker thread, and what it says
 * comes to the loop piece by piece. A slow reader makes the function wait in agentos_reply_text().
 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "base/list.h"
#include "loop/worker.h"
#include "model/driver.h"

enum { CALLBACK_THREADS = 8, CALLBACKS_WAITING_MAX = 1024 };

/* The public name of one call, seen from the worker thread. */
struct agentos_reply {
    struct model_call base;
    struct work work;
    arena *arena; /* the conversation; this object too */
    agentos_message *messages;
    size_t count;
    agentos_status status;
    agentos_error err;
    size_t content_bytes; /* said so far; the worker's */

    struct deferral soon; /* the loop's: */
    struct list pieces;   /* what came and was not heard yet */
    bool has_returned;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t may_go_on;
    size_t queued_bytes; /* said, but not yet heard */
    bool is_cancelled;
};

struct piece {
    struct letter letter;
    struct list node;
    struct agentos_reply *reply;
    size_t len;
    char text[];
};

/* ---- on the loop ---- */

static void heard(struct agentos_reply *reply, size_t bytes)
{
    pthread_mutex_lock(&reply->lock);
    reply->queued_bytes -= bytes;
    pthread_cond_signal(&reply->may_go_on);
    pthread_mutex_unlock(&reply->lock);
}

static void release(struct agentos_reply *reply)
{
    loop_undefer(reply->base.loop, &reply->soon);
    pthread_cond_destroy(&reply->may_go_on);
    pthread_mutex_destroy(&reply->lock);
    arena_free(reply->arena);
}

static void say(struct agentos_reply *reply, struct piece *piece)
{
    heard(reply, piece->len);
    if (!reply->base.is_over)
        reply->base.events.on_delta(reply->base.user, (str){ piece->text, piece->len });
    free(piece);
}

static void say_last(struct agentos_reply *reply)
{
    static const struct model_usage unknown;

    reply->base.is_over = true;
    if (reply->status == AGENTOS_OK)
        reply->base.events.on_done(reply->base.user, &unknown);
    else
        reply->base.events.on_error(reply->base.user, "ModelProviderError", reply->err.message);
}

/* At the end of a turn, so that no event comes out of model_resume(). What a cancelled call still
 * holds is dropped here; it is freed once its function has returned, too. */
static void speak(struct deferral *soon)
{
    struct agentos_reply *reply = LIST_OWNER(soon, struct agentos_reply, soon);
    struct model_call *call = &reply->base;

    while (!list_is_empty(&reply->pieces) && (call->is_over || !call->is_paused))
        say(reply, LIST_OWNER(list_pop(&reply->pieces), struct piece, node));
    if (!reply->has_returned || !list_is_empty(&reply->pieces))
        return;
    if (!call->is_over)
        say_last(reply);
    release(reply);
}

static void speak_soon(struct agentos_reply *reply)
{
    loop_defer(reply->base.loop, &reply->soon);
}

static void arrive(struct letter *letter)
{
    struct piece *piece = LIST_OWNER(letter, struct piece, letter);

    list_append(&piece->reply->pieces, &piece->node);
    speak_soon(piece->reply);
}

/* The function has returned, and its pieces are all here. */
static void returned(struct work *work)
{
    struct agentos_reply *reply = LIST_OWNER(work, struct agentos_reply, work);

    reply->has_returned = true;
    speak_soon(reply);
}

/* ---- on the worker ---- */

static void call_function(struct work *work, void *state)
{
    struct agentos_reply *reply = LIST_OWNER(work, struct agentos_reply, work);
    const struct model_options *options = &reply->base.model->options;

    (void)state; /* these workers keep none */
    reply->status = options->callback(options->callback_user, reply->messages, reply->count, reply,
                                      &reply->err);
    if (reply->status != AGENTOS_OK && reply->err.message[0] == '\0')
        (void)fail(&reply->err, reply->status, "The model failed without saying why"); /* kept */
}

/* false: cancelled. Waits while the reader has too much to hear already. */
static bool may_say(struct agentos_reply *reply, size_t len)
{
    pthread_mutex_lock(&reply->lock);
    while (reply->queued_bytes > OUTPUT_HIGH_BYTES && !reply->is_cancelled)
        pthread_cond_wait(&reply->may_go_on, &reply->lock);
    bool may = !reply->is_cancelled;
    if (may)
        reply->queued_bytes += len;
    pthread_mutex_unlock(&reply->lock);
    return may;
}

bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len)
{
    if (len == 0)
        return true;
    if (!str_is_utf8((str){ text, len }) || len > RUN_CONTENT_MAX_BYTES - reply->content_bytes ||
        !may_say(reply, len))
        return false;

    struct piece *piece = malloc(sizeof(*piece) + len);
    if (piece == NULL)
        abort();
    *piece = (struct piece){ .letter.deliver = arrive, .reply = reply, .len = len };
    memcpy(piece->text, text, len);
    reply->content_bytes += len;
    loop_post(reply->base.loop, &piece->letter);
    return true;
}

/* ---- the driver ---- */

static agentos_status prepare(struct model *model, agentos_error *err)
{
    if (model->options.callback == NULL)
        return fail(err, AGENTOS_INVALID, "a callback model needs a function");
    model->state = workers_new(&(struct worker_options){ .threads = CALLBACK_THREADS,
                                                         .queue_max = CALLBACKS_WAITING_MAX });
    return AGENTOS_OK;
}

static void dispose(struct model *model)
{
    workers_free(model->state);
}

static void copy_conversation(struct agentos_reply *reply, const struct model_request *request)
{
    reply->messages = arena_alloc(reply->arena, (request->count + 1) * sizeof(*reply->messages));
    reply->count = request->count;
    for (size_t i = 0; i < request->count; i++)
        reply->messages[i] =
            (agentos_message){ arena_copy(reply->arena, str_of(request->messages[i].role)),
                               arena_copy(reply->arena, str_of(request->messages[i].content)) };
}

static void refuse(struct letter *letter)
{
    returned(LIST_OWNER(letter, struct work, letter));
}

static struct model_call *start(const struct model_call *call, struct client *client,
                                const struct model_request *request)
{
    arena *a = arena_new();
    struct agentos_reply *reply = arena_alloc(a, sizeof(*reply));

    (void)client; /* nothing is fetched */
    reply->base = *call;
    reply->arena = a;
    list_init(&reply->pieces);
    reply->soon.run = speak;
    if (pthread_mutex_init(&reply->lock, NULL) != 0 ||
        pthread_cond_init(&reply->may_go_on, NULL) != 0)
        abort();
    copy_conversation(reply, request);
    reply->work = (struct work){ .home = call->loop, .run = call_function, .done = returned };
    if (!workers_submit(call->model->state, &reply->work)) {
        reply->status =
            fail(&reply->err, AGENTOS_UNAVAILABLE, "Too many calls of this model are waiting");
        reply->work.letter.deliver = refuse;
        loop_post(call->loop, &reply->work.letter);
    }
    return &reply->base;
}

static struct agentos_reply *reply_of(struct model_call *call)
{
    return LIST_OWNER(call, struct agentos_reply, base);
}

/* The function is told at its next word; its return frees the call. */
static void cancel(struct model_call *call)
{
    struct agentos_reply *reply = reply_of(call);

    call->is_over = true;
    pthread_mutex_lock(&reply->lock);
    reply->is_cancelled = true;
    pthread_cond_signal(&reply->may_go_on);
    pthread_mutex_unlock(&reply->lock);
    speak_soon(reply);
}

static void pause_call(struct model_call *call)
{
    (void)call; /* speak() looks at is_paused */
}

static void resume(struct model_call *call)
{
    speak_soon(reply_of(call));
}

const struct driver driver_callback = {
    .provider = "callback",
    .wire_name = "CallbackModel",
    .wire_provider = "Callback",
    .prepare = prepare,
    .dispose = dispose,
    .start = start,
    .cancel = cancel,
    .pause = pause_call,
    .resume = resume,
};
