/* Writes a stored run as JSON. A table lists the members of the contract's session-run schema in
 * their order, with the source of each value. */
#include "api/runs/run_view.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/mem.h"

enum { PREVIEW_MAX_BYTES = 200 };

/* Where the value of a member comes from. */
enum source {
    TEXT,     /* the member of struct run_object at `offset`, a const char * */
    RAW,      /* the member of struct run_object at `offset`, a str that holds JSON */
    STATUS,   /* the run's status */
    STAGE,    /* the stage at which the run was cancelled */
    METRICS,  /* the run's metrics */
    MESSAGES, /* the run's messages, without the history */
    TIME,     /* created_at, in ISO 8601 */
    CONSTANT, /* `constant`: this version has no other value */
    ABSENT,   /* this version has no value */
};

#define OBJECT(member) offsetof(struct run_object, member)

// clang-format off
static const struct {
    const char *name;
    enum source source;
    size_t offset;
    str constant;
} members[] = {
    { "run_id",                            TEXT,      OBJECT(run_id),          { 0 } },
    { "parent_run_id",                     CONSTANT,  0,                       STR_INIT("\"\"") },
    { "agent_id",                          TEXT,      OBJECT(agent_id),        { 0 } },
    { "user_id",                           TEXT,      OBJECT(user_id),         { 0 } },
    { "status",                            STATUS,    0,                       { 0 } },
    { "cancellation_stage",                STAGE,     0,                       { 0 } },
    { "run_input",                         TEXT,      OBJECT(input),           { 0 } },
    { "content",                           TEXT,      OBJECT(content),         { 0 } },
    { "run_response_format",               CONSTANT,  0,                       STR_INIT("\"text\"") },
    { "reasoning_content",                 CONSTANT,  0,                       STR_INIT("\"\"") },
    { "reasoning_steps",                   CONSTANT,  0,                       STR_INIT("[]") },
    { "metrics",                           METRICS,   0,                       { 0 } },
    { "metadata",                          RAW,       OBJECT(metadata),        { 0 } },
    { "messages",                          MESSAGES,  0,                       { 0 } },
    { "tools",                             ABSENT,    0,                       { 0 } },
    { "events",                            RAW,       OBJECT(events),          { 0 } },
    { "created_at",                        TIME,      0,                       { 0 } },
    { "references",                        CONSTANT,  0,                       STR_INIT("[]") },
    { "citations",                         ABSENT,    0,                       { 0 } },
    { "reasoning_messages",                CONSTANT,  0,                       STR_INIT("[]") },
    { "session_state",                     RAW,       OBJECT(session_state),   { 0 } },
    { "images",                            CONSTANT,  0,                       STR_INIT("[]") },
    { "videos",                            CONSTANT,  0,                       STR_INIT("[]") },
    { "audio",                             CONSTANT,  0,                       STR_INIT("[]") },
    { "files",                             CONSTANT,  0,                       STR_INIT("[]") },
    { "response_audio",                    ABSENT,    0,                       { 0 } },
    { "input_media",                       CONSTANT,  0,                       STR_INIT("{\"images\":[],\"videos\":[],\"audios\":[],\"files\":[]}") },
    { "followups",                         ABSENT,    0,                       { 0 } },
    { "forked_from_run_id",                ABSENT,    0,                       { 0 } },
    { "forked_from_message_index",         ABSENT,    0,                       { 0 } },
    { "forked_from_session_id",            ABSENT,    0,                       { 0 } },
    { "regenerated_from",                  ABSENT,    0,                       { 0 } },
    { "last_checkpoint_at_message_index",  ABSENT,    0,                       { 0 } },
};
// clang-format on

/* Writes a member of JSON. One without a value is null or left out, as `nulls` says. */
static void write_raw_if(writer *w, const char *name, str json, enum run_view_nulls nulls)
{
    if (json.len == 0 && nulls == RUN_VIEW_NO_NULLS)
        return;
    write_key(w, name);
    write_raw(w, json.len > 0 ? json : STR("null"));
}

/* Writes a member of text. One without a value is null or left out, as `nulls` says. */
static void write_text_if(writer *w, const char *name, const char *text, enum run_view_nulls nulls)
{
    if (text != NULL || nulls == RUN_VIEW_NULLS)
        write_member(w, name, text);
}

static void write_time(int64_t created_at, writer *w)
{
    char text[CLOCK_TEXT_SIZE];

    write_member(w, "created_at", clock_iso8601(created_at, text));
}

/* Writes the member in this row of the table. The row's offset is that of a member of struct
 * run_object, whose type is the one that the row's source says. */
static void write_view_member(const struct run_object *object, size_t row,
                              enum run_view_nulls nulls, writer *w)
{
    ensure(row < COUNT(members));

    const char *name = members[row].name;
    const void *at = (const char *)object + members[row].offset; /* used by TEXT and RAW */

    switch (members[row].source) {
    case TEXT: write_text_if(w, name, *(const char *const *)at, nulls); break;
    case RAW: write_raw_if(w, name, *(const str *)at, nulls); break;
    case STATUS: write_member(w, name, run_status_word(object->status)); break;
    case STAGE: write_text_if(w, name, run_stage_word(object->stage), nulls); break;
    case METRICS: run_object_write_metrics(object, w); break;
    case MESSAGES: run_object_write_messages(object, false, w); break;
    case TIME: write_time(object->created_at, w); break;
    case CONSTANT: write_raw_if(w, name, members[row].constant, nulls); break;
    case ABSENT: write_raw_if(w, name, STR(""), nulls); break;
    }
}

/* Writes the members in the order of the table. */
void run_view_write(const struct run_object *object, enum run_view_nulls nulls, writer *w)
{
    ensure(object->run_id != NULL && object->content != NULL);
    write_object(w);
    for (size_t i = 0; i < COUNT(members); i++)
        write_view_member(object, i, nulls, w);
    write_end(w);
}

/* Returns whether the byte continues a UTF-8 character: its two high bits are 10. */
static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Returns the first PREVIEW_MAX_BYTES bytes of the content, or a few less so that no UTF-8
 * character is cut in two. */
static str cut_preview(str content)
{
    if (content.len <= PREVIEW_MAX_BYTES)
        return content;
    content.len = PREVIEW_MAX_BYTES;
    while (content.len > 0 && is_continuation(content.ptr[content.len]))
        content.len--;
    return content;
}

/* Members without a value are left out. */
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
        write_str(w, cut_preview(str_of(row->content)));
    }
    write_time(row->created_at, w);
    write_end(w);
}
