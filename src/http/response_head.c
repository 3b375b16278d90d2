/* Reads the status line and the headers of a response, line by line. */
#include "http/response_head.h"

#include "base/ensure.h"
#include "base/limits.h"

/* Returns the status in a status line, or 0 if it is malformed. */
static int status_of(str line)
{
    str version = str_split(&line, ' ');
    int64_t code;

    if (!str_starts(version, STR("HTTP/")))
        return 0;
    if (!str_to_int(str_split(&line, ' '), &code) || code < 100 || code > 999)
        return 0;
    return (int)code;
}

/* Parses the status line. Returns false if it is malformed. */
static bool begin_head(struct response_head *head, str line)
{
    response_head_clear(head);
    head->status = status_of(line);
    head->memory = arena_new();
    head->all = arena_alloc(head->memory, RESPONSE_HEADERS_MAX * sizeof(struct header));
    return head->status != 0;
}

/* Stores a copy of a header line. Returns false if it is malformed or there are too many. */
static bool add_header(struct response_head *head, str line)
{
    ensure(head->memory != NULL && head->count <= RESPONSE_HEADERS_MAX);
    str copy = { arena_copy(head->memory, line), line.len };
    str name = str_split(&copy, ':');

    if (head->count == RESPONSE_HEADERS_MAX || name.len == line.len)
        return false;
    head->all[head->count++] = (struct header){ name, str_trim(copy) };
    return true;
}

static str without_line_end(str line)
{
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    return line;
}

/* Parses one line. Skips interim responses and trailers. */
bool response_head_line(struct response_head *head, str line)
{
    head->taken_bytes += line.len;
    if (head->taken_bytes > RESPONSE_HEADERS_MAX_BYTES)
        return false;
    line = without_line_end(line);
    if (head->is_complete)
        return true; /* a trailer: ignored */
    if (head->memory == NULL)
        return begin_head(head, line);
    if (line.len > 0)
        return add_header(head, line);
    if (head->status < 200) { /* an interim answer: the real one follows */
        response_head_clear(head);
        return true;
    }
    head->is_complete = head->is_new = true;
    return true;
}

/* Returns true once, after the line that completed the head. */
bool response_head_is_new(struct response_head *head)
{
    bool was_new = head->is_new;

    head->is_new = false;
    return was_new;
}

/* Frees the headers. The head stays marked as complete. */
void response_head_clear(struct response_head *head)
{
    arena_free(head->memory);
    head->memory = NULL;
    head->all = NULL;
    head->count = 0;
}
