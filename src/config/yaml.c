/* Parses YAML with libfyaml into a tree with positions. */
#include "config/yaml.h"

#include <libfyaml.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

struct level {
    struct yaml_node *node, *last;
    struct map keys; /* the keys of a map so far */
    bool has_key;    /* the value of a key comes next */
    str key;
    int key_line, key_column;
};

struct reader {
    str text;
    struct fy_parser *parser;
    struct fy_diag *diag;
    arena *a;
    const struct yaml_reports *reports;
    struct yaml_node *root;
    bool has_failed, has_document;
    size_t depth; /* of open containers, levels[depth - 1] is the innermost */
    struct level levels[CONFIG_MAX_DEPTH];
};

/* ---- errors ---- */

/* Reports an error at the mark, which may be NULL, and stops. libfyaml counts from 0. */
static void report(struct reader *r, const struct fy_mark *mark, const char *sentence)
{
    ensure(sentence != NULL);
    r->has_failed = true;
    r->reports->report(r->reports->user, mark != NULL ? mark->line + 1 : 0,
                       mark != NULL ? mark->column + 1 : 0, sentence);
}

#define NOT_ALIGNED "the indentation does not match the lines above"

/* Returns a sentence for a libfyaml error. Most of its own are clear, but one quotes the file. */
static const char *syntax_sentence(const struct fy_diag_error *error)
{
    static const struct {
        str part; /* of libfyaml's message */
        const char *sentence;
    } rows[] = {
        { STR_INIT("tab character"), "a tab cannot indent; use spaces" },
        { STR_INIT("tag"), "tags (!name) are not supported" },
        { STR_INIT("invalid indentation"), NOT_ALIGNED },
        { STR_INIT("expected '-' indicator"), NOT_ALIGNED },
        { STR_INIT("at the end of block sequence"), NOT_ALIGNED },
        { STR_INIT("multiline plain key"),
          "must be KEY: VALUE; a colon is missing, or the next line is indented too far" },
        { STR_INIT("plain scalar cannot start"),
          "a value that begins with a special character needs quotes" },
    };

    ensure(error->msg != NULL);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_contains(str_of(error->msg), rows[i].part))
            return rows[i].sentence;
    return error->msg;
}

/* Reports the first error of libfyaml; later ones often follow from it. */
static void report_syntax(struct reader *r)
{
    ensure(r->diag != NULL);
    void *position = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(r->diag, &position);

    r->has_failed = true;
    if (error == NULL || error->msg == NULL)
        r->reports->report(r->reports->user, 0, 0, "not valid YAML");
    else
        r->reports->report(r->reports->user, error->line, error->column, syntax_sentence(error));
}

/* ---- building the tree ---- */

/* Returns a NUL-terminated copy of the token's text, "" for no token. */
static str token_text(arena *a, struct fy_token *token)
{
    size_t len = 0;
    const char *text = fy_token_get_text(token, &len);

    if (text == NULL)
        return (str){ arena_copy(a, STR("")), 0 };
    return (str){ arena_copy(a, (str){ text, len }), len };
}

/* Returns whether the mark is after an opening quote, where libfyaml places quoted scalars. */
static bool is_after_quote(const struct reader *r, const struct fy_mark *mark)
{
    ensure(mark != NULL);
    size_t at = mark->input_pos;

    if (mark->column == 0 || at == 0 || at > r->text.len)
        return false;
    char before = r->text.ptr[at - 1];
    return before == '"' || before == '\'';
}

/* Converts a mark to a line and a column from 1. A NULL mark changes nothing. */
static void locate(const struct reader *r, const struct fy_mark *mark, int *line, int *column)
{
    ensure(line != NULL && column != NULL);
    if (mark == NULL)
        return;
    *line = mark->line + 1;
    *column = mark->column + (is_after_quote(r, mark) ? 0 : 1);
}

/* Appends the node to the innermost open container, or makes it the root. */
static void attach(struct reader *r, struct yaml_node *node)
{
    if (r->depth == 0) {
        r->root = node;
        return;
    }
    struct level *level = &r->levels[r->depth - 1];

    ensure(level->node->kind != YAML_MAP || level->has_key);
    if (level->node->kind == YAML_MAP) {
        node->key = level->key;
        node->key_line = level->key_line;
        node->key_column = level->key_column;
        level->has_key = false;
    }
    if (level->last != NULL)
        level->last->next = node;
    else
        level->node->first = node;
    level->last = node;
    level->node->count++;
}

/* Returns whether the next scalar is the key of a map. */
static bool is_key_expected(const struct reader *r)
{
    ensure(r->depth <= CONFIG_MAX_DEPTH);
    if (r->depth == 0)
        return false;
    const struct level *level = &r->levels[r->depth - 1];
    return level->node->kind == YAML_MAP && !level->has_key;
}

/* Stores the key of the next value. Reports a duplicate key and continues. */
static void take_key(struct reader *r, struct fy_token *token, const struct fy_mark *mark)
{
    ensure(is_key_expected(r));
    struct level *level = &r->levels[r->depth - 1];

    level->has_key = true;
    level->key = token_text(r->a, token);
    locate(r, mark, &level->key_line, &level->key_column);
    bool is_duplicate = map_put(&level->keys, level->key, level) != NULL;
    if (!is_duplicate)
        return;
    const char *sentence = arena_printf(r->a, "duplicate key " QUOTED, QUOTE(level->key));
    r->reports->report(r->reports->user, level->key_line, level->key_column, sentence);
}

/* Returns whether an unquoted scalar is null in YAML 1.2. */
static bool is_null(str text)
{
    static const str nulls[] = { STR_INIT(""), STR_INIT("~"), STR_INIT("null"), STR_INIT("Null"),
                                 STR_INIT("NULL") };

    for (size_t i = 0; i < COUNT(nulls); i++)
        if (str_equal(text, nulls[i]))
            return true;
    return false;
}

/* Adds a scalar as a key if a map expects one, otherwise as a value. */
static void take_scalar(struct reader *r, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct fy_token *token = event->scalar.value;

    if (is_key_expected(r)) {
        take_key(r, token, mark);
        return;
    }
    struct yaml_node *node = arena_alloc(r->a, sizeof(*node));
    locate(r, mark, &node->line, &node->column);
    node->text = token_text(r->a, token);
    node->is_plain = token == NULL || fy_token_scalar_style(token) == FYSS_PLAIN;
    node->kind = node->is_plain && is_null(node->text) ? YAML_NULL : YAML_SCALAR;
    attach(r, node);
}

/* Opens a list or a map, which becomes the innermost container. */
static void open_container(struct reader *r, struct fy_event *event, enum yaml_kind kind)
{
    ensure(kind == YAML_LIST || kind == YAML_MAP);
    const struct fy_mark *mark = fy_event_start_mark(event);

    if (is_key_expected(r)) {
        report(r, mark, "a key must be a scalar");
        return;
    }
    if (r->depth == CONFIG_MAX_DEPTH) {
        report(r, mark, "nested too deeply");
        return;
    }
    struct yaml_node *node = arena_alloc(r->a, sizeof(*node));
    node->kind = kind;
    locate(r, mark, &node->line, &node->column);
    attach(r, node);
    r->levels[r->depth++] = (struct level){ .node = node };
}

/* Closes the innermost container. */
static void close_container(struct reader *r)
{
    ensure(r->depth > 0);
    r->depth--;
    map_clear(&r->levels[r->depth].keys);
}

/* Rejects a second document. */
static void start_document(struct reader *r, struct fy_event *event)
{
    if (r->has_document)
        report(r, fy_event_start_mark(event), "only one document is supported");
    r->has_document = true;
}

/* Returns the anchor, alias or tag of the event, or NULL. Aliases could make a small file huge. */
static struct fy_token *find_anchor_or_tag(const struct fy_event *event)
{
    struct fy_token *anchor = NULL, *tag = NULL;

    if (event->type == FYET_ALIAS) {
        anchor = event->alias.anchor;
    } else if (event->type == FYET_SCALAR) {
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
    } else if (event->type == FYET_SEQUENCE_START) {
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
    } else if (event->type == FYET_MAPPING_START) {
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
    }
    return anchor != NULL ? anchor : tag;
}

static void take_event(struct reader *r, struct fy_event *event)
{
    ensure(!r->has_failed);
    struct fy_token *unsupported = find_anchor_or_tag(event);

    if (unsupported != NULL) {
        report(r, fy_token_start_mark(unsupported),
               "anchors (&), aliases (*) and tags (!) are not supported");
        return;
    }
    switch (event->type) {
    case FYET_DOCUMENT_START: start_document(r, event); break;
    case FYET_SCALAR: take_scalar(r, event); break;
    case FYET_SEQUENCE_START: open_container(r, event, YAML_LIST); break;
    case FYET_MAPPING_START: open_container(r, event, YAML_MAP); break;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END: close_container(r); break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
    case FYET_ALIAS: break;
    }
}

/* Reads events until the end of the text or the first error, then closes all containers. */
static void read_events(struct reader *r)
{
    ensure(r->parser != NULL && r->diag != NULL);
    while (!r->has_failed) {
        struct fy_event *event = fy_parser_parse(r->parser);

        if (event == NULL)
            break; /* the end of the text, or a syntax error */
        take_event(r, event);
        fy_parser_event_free(r->parser, event);
    }
    bool is_syntax_error = fy_parser_get_stream_error(r->parser) || fy_diag_got_error(r->diag);
    if (!r->has_failed && is_syntax_error)
        report_syntax(r);
    while (r->depth > 0)
        close_container(r);
}

/* Returns why the text cannot be parsed, or NULL. */
static const char *check_text(str text)
{
    if (text.len > CONFIG_MAX_BYTES)
        return "larger than 1 MiB";
    if (!str_is_utf8(text))
        return "not UTF-8";
    if (str_has(text, '\0'))
        return "contains a NUL byte";
    return NULL;
}

/* Parses the text into r->root. */
static void run_parser(struct reader *r)
{
    ensure(r->root == NULL && r->depth == 0);
    r->diag = fy_diag_create(NULL);
    if (r->diag == NULL)
        abort();
    fy_diag_set_collect_errors(r->diag, true);
    const struct fy_parse_cfg cfg = { .search_path = "", .flags = FYPCF_QUIET, .diag = r->diag };
    r->parser = fy_parser_create(&cfg);
    if (r->parser == NULL)
        abort();
    if (fy_parser_set_string(r->parser, r->text.ptr, r->text.len) != 0)
        report_syntax(r);
    read_events(r);
    fy_parser_destroy(r->parser);
    fy_diag_destroy(r->diag);
}

/* Parses a document into a tree in the arena, or NULL. Only duplicate keys are not fatal. */
const struct yaml_node *yaml_parse(str text, arena *a, const struct yaml_reports *reports)
{
    ensure(a != NULL && reports->report != NULL);
    struct reader r = { .text = text, .a = a, .reports = reports };
    const char *error = check_text(text);

    if (error != NULL) {
        report(&r, NULL, error);
        return NULL;
    }
    run_parser(&r);
    if (r.has_failed)
        return NULL;
    if (r.root == NULL)
        return arena_alloc(a, sizeof(struct yaml_node)); /* zeroed, which is YAML_NULL */
    return r.root;
}

/* Returns the child of a map with this key, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    ensure(map != NULL && key != NULL);
    if (map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml_node *child = map->first; child != NULL; child = child->next)
        if (str_equal(child->key, str_of(key)))
            return child;
    return NULL;
}
