/* One table says where each member of the session-run schema comes from, in the contract's order.
 */
#include "api/run_view.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/run_row_object.h"

enum { PREVIEW_MAX_BYTES = 200 };

enum source { FROM_OBJECT, LIST_FROM_OBJECT, FROM_INPUT, FROM_TIME, CONSTANT, ABSENT };

// clang-format off
static const struct {
    const char *name;
    enum source source;
    str constant;
} members[] = {
    { "run_id",                FROM_OBJECT, { 0 } },
    { "parent_run_id",         CONSTANT,    STR_INIT("\"\"") },
    { "agent_id",              FROM_OBJECT, { 0 } },
    { "user_id",               FROM_OBJECT, { 0 } },
    { "status",                FROM_OBJECT, { 0 } },
    { "cancellation_stage",    FROM_OBJECT,     { 0 } },
    { "run_input",             FROM_INPUT,  { 0 } },
    { "content",               FROM_OBJECT, { 0 } },
    { "run_response_format",   CONSTANT,    STR_INIT("\"text\"") },
    { "reasoning_content",     CONSTANT,    STR_INIT("\"\"") },
    { "reasoning_steps",       CONSTANT,    STR_INIT("[]") },
    { "metrics",               FROM_OBJECT, { 0 } },
    { "metadata",              FROM_OBJECT, { 0 } },
    { "messages",              FROM_OBJECT, { 0 } },
    { "tools",                 ABSENT,      { 0 } },
    { "events",                LIST_FROM_OBJECT, { 0 } },
    { "created_at",            FROM_TIME,   { 0 } },
    { "references",            CONSTANT,    STR_INIT("[]") },
    { "citations",             ABSENT,      { 0 } },
    { "reasoning_messages",    CONSTANT,    STR_INIT("[]") },
    { "session_state",         FROM_OBJECT, { 0 } },
    { "images",                CONSTANT,    STR_INIT("[]") },
    { "videos",                CONSTANT,    STR_INIT("[]") },
    { "audio",                 CONSTANT,    STR_INIT("[]") },
    { "files",                 CONSTANT,    STR_INIT("[]") },
    { "response_audio",        ABSENT,      { 0 } },
    { "input_media",           CONSTANT,    STR_INIT("{\"images\":[],\"videos\":[],\"audios\":[],\"files\":[]}") },
    { "followups",             ABSENT,      { 0 } },
    { "forked_from_run_id",    ABSENT,      { 0 } },
    { "forked_from_message_index",          ABSENT, { 0 } },
    { "forked_from_session_id",             ABSENT, { 0 } },
    { "regenerated_from",                   ABSENT, { 0 } },
    { "last_checkpoint_at_message_index",   ABSENT, { 0 } },
};
// clang-format on

agentos_status run_view_parse(arena *a, const struct run_row *row, const json_t **out,
                              agentos_error *err)
{
    const char *object = NULL;

    TRY(run_row_object(row, a, &object, err));
    return json_parse(a, str_of(object), out, err);
}

static void write_time(const struct run_row *row, writer *w)
{
    char text[CLOCK_TEXT_SIZE];

    write_member(w, "created_at", clock_iso8601(row->created_at, text));
}

static void write_if(writer *w, const char *name, const json_t *value, enum run_view_nulls nulls)
{
    if (value == NULL && nulls == RUN_VIEW_NO_NULLS)
        return;
    write_key(w, name);
    write_json(w, value);
}

/* An empty one is as good as none. */
static const json_t *list_member(const json_t *object, const char *name)
{
    const json_t *list = json_object_get(object, name);

    return json_array_size(list) > 0 ? list : NULL;
}

void run_view_write(const struct run_row *row, const json_t *object, enum run_view_nulls nulls,
                    writer *w)
{
    write_object(w);
    for (size_t i = 0; i < COUNT(members); i++) {
        const char *name = members[i].name;

        switch (members[i].source) {
        case FROM_OBJECT: write_if(w, name, json_object_get(object, name), nulls); break;
        case LIST_FROM_OBJECT: write_if(w, name, list_member(object, name), nulls); break;
        case FROM_INPUT: write_member(w, name, row->input); break;
        case FROM_TIME: write_time(row, w); break;
        case CONSTANT:
            write_key(w, name);
            write_raw(w, members[i].constant);
            break;
        case ABSENT: write_if(w, name, NULL, nulls); break;
        }
    }
    write_end(w);
}

/* At most this many bytes, not cutting a character in two. */
static str preview(str content)
{
    if (content.len <= PREVIEW_MAX_BYTES)
        return content;
    content.len = PREVIEW_MAX_BYTES;
    while (content.len > 0 && ((unsigned char)content.ptr[content.len] & 0xC0) == 0x80)
        content.len--;
    return content;
}

void run_view_write_preview(const struct run_row *row, writer *w)
{
    write_object(w);
    write_member(w, "run_id", row->run_id);
    write_member(w, "parent_run_id", "");
    write_member_if(w, "agent_id", row->component_id);
    write_member_if(w, "user_id", row->user_id);
    write_member(w, "status", row->status);
    write_member_if(w, "run_input", row->input);
    if (row->content != NULL) {
        write_key(w, "content_preview");
        write_str(w, preview(str_of(row->content)));
    }
    write_time(row, w);
    write_end(w);
}
