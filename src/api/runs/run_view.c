/* Writes stored runs as JSON, with the members of the contract's session-run schema. */
#include "api/runs/run_view.h"

#include "base/ensure.h"
#include "run/event_view.h"

enum { PREVIEW_MAX_BYTES = 200 };

/* ---- a run; each record is a struct run_object ---- */

static const char *status_word(const void *record)
{
    return run_status_word(((const struct run_object *)record)->status);
}

static const char *stage_word(const void *record)
{
    return run_stage_word(((const struct run_object *)record)->stage);
}

static const char *reasoning_or_empty(const void *record)
{
    const char *reasoning = ((const struct run_object *)record)->reasoning;

    return reasoning != NULL ? reasoning : "";
}

static void write_metrics(const void *record, writer *w)
{
    run_object_write_metrics(record, w);
}

/* Writes the messages without those of earlier runs. */
static void write_messages(const void *record, writer *w)
{
    run_object_write_messages(record, false, w);
}

// clang-format off
static const char *const stages[] = { "EXECUTING", NULL };

static const struct member media_members[] = {
    SHOW_EMPTY_LIST("images"),
    SHOW_EMPTY_LIST("videos"),
    SHOW_EMPTY_LIST("audios"),
    SHOW_EMPTY_LIST("files"),
    MEMBERS_END,
};
static const struct shape media_shape = { .name = "InputMedia", .parts = { media_members } };

static const struct member run_members[] = {
    SHOW(struct run_object, run_id, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_STRING, "parent_run_id", "\"\""),
    SHOW(struct run_object, agent_id, OR_EITHER),
    SHOW(struct run_object, user_id, OR_EITHER),
    SHOW_TEXT("status", status_word, ALWAYS_THERE, .words = run_status_words),
    SHOW_TEXT("cancellation_stage", stage_word, OR_EITHER, .words = stages),
    SHOW_AS("run_input", struct run_object, input, OR_EITHER),
    SHOW(struct run_object, content, OR_EITHER),
    SHOW_CONSTANT(VALUE_STRING, "run_response_format", "\"text\""),
    SHOW_TEXT("reasoning_content", reasoning_or_empty, ALWAYS_THERE),
    SHOW_EMPTY_LIST("reasoning_steps"),
    SHOW_WRITTEN(VALUE_OBJECT, "metrics", write_metrics, ALWAYS_THERE, .shape = &run_metrics_shape),
    SHOW_TYPED(VALUE_FREE, "metadata", struct run_object, metadata, OR_EITHER),
    SHOW_WRITTEN(VALUE_OBJECT, "messages", write_messages, ALWAYS_THERE, .is_list = true, .shape = &run_message_shape),
    SHOW_NOTHING("tools", OR_EITHER),
    SHOW_TYPED(VALUE_OBJECT, "events", struct run_object, events, OR_EITHER, .is_list = true, .shape = &run_event_shape),
    SHOW_TYPED(VALUE_TIME, "created_at", struct run_object, created_at, ALWAYS_THERE),
    SHOW_EMPTY_LIST("references"),
    SHOW_NOTHING("citations", OR_EITHER),
    SHOW_EMPTY_LIST("reasoning_messages"),
    SHOW_TYPED(VALUE_FREE, "session_state", struct run_object, session_state, OR_EITHER),
    SHOW_EMPTY_LIST("images"),
    SHOW_EMPTY_LIST("videos"),
    SHOW_EMPTY_LIST("audio"),
    SHOW_EMPTY_LIST("files"),
    SHOW_NOTHING("response_audio", OR_EITHER),
    SHOW_OBJECT("input_media", &media_shape, ALWAYS_THERE),
    SHOW_NOTHING("followups", OR_EITHER),
    SHOW_NOTHING("forked_from_run_id", OR_EITHER),
    SHOW_NOTHING("forked_from_message_index", OR_EITHER),
    SHOW_NOTHING("forked_from_session_id", OR_EITHER),
    SHOW_NOTHING("regenerated_from", OR_EITHER),
    SHOW_NOTHING("last_checkpoint_at_message_index", OR_EITHER),
    MEMBERS_END,
};
// clang-format on
const struct shape session_run_shape = { .name = "SessionRun", .parts = { run_members } };

void run_view_write(const struct run_object *object, enum run_view_nulls nulls, writer *w)
{
    ensure(object->run_id != NULL && object->content != NULL);
    shape_write(&session_run_shape, object, nulls == RUN_VIEW_NULLS ? ABSENT_NULL : ABSENT_LEFT_OUT,
                w);
}

/* ---- a run in short; each record is a struct run_row ---- */

/* Returns whether the byte continues a UTF-8 character (10xxxxxx). */
static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Returns at most PREVIEW_MAX_BYTES of the content without splitting a UTF-8 character. */
static str cut_preview(str content)
{
    if (content.len <= PREVIEW_MAX_BYTES)
        return content;
    content.len = PREVIEW_MAX_BYTES;
    while (content.len > 0 && is_continuation(content.ptr[content.len]))
        content.len--;
    return content;
}

static bool has_content(const void *record)
{
    return ((const struct run_row *)record)->content != NULL;
}

static void write_preview(const void *record, writer *w)
{
    write_str(w, cut_preview(str_of(((const struct run_row *)record)->content)));
}

// clang-format off
static const struct member preview_members[] = {
    SHOW(struct run_row, run_id, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_STRING, "parent_run_id", "\"\""),
    SHOW_AS("agent_id", struct run_row, component_id, OR_LEFT_OUT),
    SHOW(struct run_row, user_id, OR_LEFT_OUT),
    SHOW(struct run_row, status, ALWAYS_THERE, .words = run_status_words),
    SHOW_AS("run_input", struct run_row, input, OR_LEFT_OUT),
    SHOW_WRITTEN(VALUE_STRING, "content_preview", write_preview, OR_LEFT_OUT, .has_value = has_content),
    SHOW_TYPED(VALUE_TIME, "created_at", struct run_row, created_at, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape run_preview_shape = { .name = "RunPreview", .parts = { preview_members } };

void run_view_write_preview(const struct run_row *row, writer *w)
{
    shape_write(&run_preview_shape, row, ABSENT_LEFT_OUT, w);
}
