/* Runs a model that is a function of the embedding program, on worker threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "model/driver.h"

enum { CALLBACK_THREADS = 8, CALLBACKS_WAITING_MAX = 1024 };

/* One call of the function. */
struct agentos_reply {
    struct model_call base;
    struct work work;
    arena *arena; /* owns the messages and this object */
    agentos_message *messages;
    size_t count;
    agentos_status status; /* owned by the worker until the function returns, then by the loop */
    agentos_error err;     /* likewise */
    size_t content_bytes;  /* queued so far; owned by the worker */

    /* Owned by the loop: */
    struct deferral soon;
    struct list pieces; /* not yet delivered */
    bool has_returned;

    /* Shared by both threads, under the lock: */
    pthread_mutex_t lock;
    pthread_cond_t has_room;
    size_t queued_bytes; /* not yet delivered */
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

/* Lets the function queue this many more bytes. Called on the event loop. */
static void release_queue_bytes(struct agentos_reply *reply, size_t bytes)
{
    pthread_mutex_lock(&reply->lock);
    ensure(bytes <= reply->queued_bytes);
    reply->queued_bytes -= bytes;
    pthread_cond_signal(&reply->has_room);
    pthread_mutex_unlock(&reply->lock);
}

/* Frees the call after its last event and the return of the function. */
static void free_reply(struct agentos_reply *reply)
{
    ensure(reply->base.is_over);
    ensure(reply->has_returned);
    ensure(list_is_empty(&reply->pieces));
    loop_undefer(reply->base.loop, &reply->soon);
    pthread_cond_destroy(&reply->has_room);
    pthread_mutex_destroy(&reply->lock);
    arena_free(reply->arena);
}

/* Reports one piece, unless the call was cancelled, and frees it. */
static void deliver_piece(struct agentos_reply *reply, struct piece *piece)
{
    release_queue_bytes(reply, piece->len);
    if (!reply->base.is_over)
        reply->base.events.on_delta(reply->base.user, (str){ piece->text, piece->len });
    free(piece);
}

/* Reports the last event, without token counts. */
static void deliver_end(struct agentos_reply *reply)
{
    static const struct model_answer answer;

    ensure(reply->has_returned);
    ensure(!reply->base.is_over);
    reply->base.is_over = true;
    if (reply->status == AGENTOS_OK)
        reply->base.events.on_done(reply->base.user, &answer);
    else
        reply->base.events.on_error(reply->base.user, "ModelProviderError", reply->err.message);
}

/* Reports the queued pieces and, once the function has returned, the end. */
static void deliver_pieces(struct deferral *soon)
{
    struct agentos_reply *reply = LIST_OWNER(soon, struct agentos_reply, soon);
    struct model_call *call = &reply->base;

    while (!list_is_empty(&reply->pieces) && (call->is_over || !call->is_paused))
        deliver_piece(reply, LIST_OWNER(list_pop(&reply->pieces), struct piece, node));
    if (!reply->has_returned || !list_is_empty(&reply->pieces))
        return;
    if (!call->is_over)
        deliver_end(reply);
    free_reply(reply);
}

static void deliver_soon(struct agentos_reply *reply)
{
    loop_defer(reply->base.loop, &reply->soon);
}

/* Receives a piece posted by the worker. */
static void on_piece(struct letter *letter)
{
    struct piece *piece = LIST_OWNER(letter, struct piece, letter);

    ensure(!piece->reply->has_returned);
    list_append(&piece->reply->pieces, &piece->node);
    deliver_soon(piece->reply);
}

/* Called after the function has returned and all its pieces have arrived. */
static void on_return(struct work *work)
{
    struct agentos_reply *reply = LIST_OWNER(work, struct agentos_reply, work);

    ensure(!reply->has_returned);
    reply->has_returned = true;
    deliver_soon(reply);
}

/* ---- on the worker ---- */

static void call_function(struct work *work)
{
    struct agentos_reply *reply = LIST_OWNER(work, struct agentos_reply, work);
    const struct model_options *options = &reply->base.model->options;

    ensure(options->callback != NULL);
    ensure(reply->count > 0);
    reply->status = options->callback(options->callback_user, reply->messages, reply->count, reply,
                                      &reply->err);
    if (reply->status != AGENTOS_OK && reply->err.message[0] == '\0')
        (void)fail(&reply->err, reply->status,
                   "The model failed without saying why"); /* the status is known */
}

/* Waits for room in the queue and reserves `len` bytes. Returns false if the call was cancelled. */
static bool wait_for_room(struct agentos_reply *reply, size_t len)
{
    pthread_mutex_lock(&reply->lock);
    while (reply->queued_bytes > OUTPUT_HIGH_BYTES && !reply->is_cancelled)
        pthread_cond_wait(&reply->has_room, &reply->lock);
    bool has_room = !reply->is_cancelled;
    if (has_room)
        reply->queued_bytes += len;
    pthread_mutex_unlock(&reply->lock);
    return has_room;
}

/* Posts a copy of the text to the event loop. on_piece takes ownership. */
static void queue_text(struct agentos_reply *reply, str text)
{
    ensure(text.len > 0 && text.len <= reply->base.answer_max_bytes);
    struct piece *piece = mem_zeroed(sizeof(*piece) + text.len);

    piece->letter.deliver = on_piece;
    piece->reply = reply;
    piece->len = text.len;
    memcpy(piece->text, text.ptr, text.len);
    loop_post(reply->base.loop, &piece->letter);
}

/* Returns false if the text is not UTF-8 or too long, or if the call was cancelled. */
bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len)
{
    ensure(reply->content_bytes <= reply->base.answer_max_bytes);
    if (len == 0)
        return true;
    if (len > reply->base.answer_max_bytes - reply->content_bytes ||
        !str_is_utf8((str){ text, len }))
        return false;
    if (!wait_for_room(reply, len))
        return false;
    reply->content_bytes += len;
    queue_text(reply, (str){ text, len });
    return true;
}

/* ---- the driver ---- */

/* Starts the threads that run the function. */
static agentos_status start_workers(struct model *model, agentos_error *err)
{
    if (model->options.callback == NULL)
        return fail(err, AGENTOS_INVALID, "a callback model needs a function");
    const struct worker_options options = { .threads = CALLBACK_THREADS,
                                            .queue_max = CALLBACKS_WAITING_MAX };
    model->state = workers_new(&options); /* copies the options */
    return AGENTOS_OK;
}

static void stop_workers(struct model *model)
{
    workers_free(model->state);
}

/* Copies a message into the arena in the form of the public API. */
static void copy_message(arena *a, const struct model_message *message, agentos_message *out)
{
    agentos_part *parts = arena_array(a, message->part_count, sizeof(*parts));

    for (size_t i = 0; i < message->part_count; i++) {
        ensure(message->parts[i].kind == MODEL_PART_TEXT); /* the only kind */
        parts[i].kind = AGENTOS_PART_TEXT;
        parts[i].text = arena_copy(a, message->parts[i].text);
    }
    *out = (agentos_message){
        .role = arena_copy(a, str_of(message->role)),
        .content = arena_copy(a, model_message_text(message, a)),
        .parts = parts,
        .part_count = message->part_count,
    };
}

/* Copies the messages for the function, which outlives the request. */
static void copy_messages(struct agentos_reply *reply, const struct model_request *request)
{
    reply->messages = arena_alloc(reply->arena, request->count * sizeof(*reply->messages));
    reply->count = request->count;
    for (size_t i = 0; i < request->count; i++)
        copy_message(reply->arena, &request->messages[i], &reply->messages[i]);
}

/* Called if the queue is full. Ends the call as if the function had returned. */
static void on_refused(struct letter *letter)
{
    on_return(LIST_OWNER(letter, struct work, letter));
}

/* Allocates a reply, to be freed with free_reply. */
static struct agentos_reply *new_reply(const struct model_call *call)
{
    arena *a = arena_new();
    struct agentos_reply *reply = arena_alloc(a, sizeof(*reply));

    reply->base = *call;
    reply->arena = a;
    list_init(&reply->pieces);
    reply->soon.run = deliver_pieces;
    if (pthread_mutex_init(&reply->lock, NULL) != 0)
        abort();
    if (pthread_cond_init(&reply->has_room, NULL) != 0)
        abort();
    return reply;
}

/* Queues the function for a worker. Posts an error if the queue is full. */
static void queue_function(struct agentos_reply *reply)
{
    struct work *work = &reply->work;

    *work = (struct work){ .home = reply->base.loop, .run = call_function, .done = on_return };
    if (workers_submit(reply->base.model->state, work))
        return;
    reply->status =
        fail(&reply->err, AGENTOS_UNAVAILABLE, "Too many calls of this model are waiting");
    work->letter.deliver = on_refused;
    loop_post(reply->base.loop, &work->letter);
}

static struct model_call *start_call(const struct model_call *call, struct client *client,
                                     const struct model_request *request)
{
    ensure(call->model->state != NULL); /* the pool of workers */
    struct agentos_reply *reply = new_reply(call);

    (void)client; /* unused */
    copy_messages(reply, request);
    queue_function(reply);
    return &reply->base;
}

static struct agentos_reply *reply_of(struct model_call *call)
{
    return LIST_OWNER(call, struct agentos_reply, base);
}

/* Unblocks the function and makes its next agentos_reply_text() fail. */
static void cancel_call(struct model_call *call)
{
    struct agentos_reply *reply = reply_of(call);

    call->is_over = true;
    pthread_mutex_lock(&reply->lock);
    reply->is_cancelled = true;
    pthread_cond_signal(&reply->has_room);
    pthread_mutex_unlock(&reply->lock);
    deliver_soon(reply);
}

static void pause_call(struct model_call *call)
{
    (void)call; /* deliver_pieces checks is_paused */
}

static void resume_call(struct model_call *call)
{
    deliver_soon(reply_of(call));
}

const struct driver driver_callback = {
    .prepare = start_workers,
    .dispose = stop_workers,
    .start = start_call,
    .cancel = cancel_call,
    .pause = pause_call,
    .resume = resume_call,
};
