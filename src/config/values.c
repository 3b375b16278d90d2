/* Reads configuration values of the common kinds. */
#include "config/reading.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/checks.h"
#include "config/database_url.h"
#include "config/words.h"

enum { LINES_MAX_BYTES = 2 * CONFIG_MAX_BYTES }; /* of the joined lines */

/* Returns whether the value is an unquoted scalar, as booleans and numbers must be. */
static bool is_plain(struct place at)
{
    ensure(at.node != NULL);
    return at.node->kind == YAML_SCALAR && at.node->is_plain;
}

/* Stores a string that the row's check accepts. */
static void read_text(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.node != NULL && target != NULL);
    const char *text = text_resolve(r, at);

    if (text == NULL)
        return; /* absent or not valid */
    const char *error = row->check != NULL ? row->check(str_of(text)) : NULL;
    if (error != NULL)
        fault_at(r, at, "%s", error);
    else
        *(const char **)row_member(target, row->at) = text;
}

/* ---- booleans ---- */

/* Parses a boolean of YAML 1.2. Adds a fault and returns false if it is not valid. */
static bool parse_bool(struct config_reading *r, struct place at, bool *out)
{
    ensure(at.node != NULL && out != NULL);
    static const struct {
        str text;
        bool value;
    } words[] = {
        { STR_INIT("false"), false }, { STR_INIT("False"), false }, { STR_INIT("FALSE"), false },
        { STR_INIT("true"), true },   { STR_INIT("True"), true },   { STR_INIT("TRUE"), true },
    };

    for (size_t i = 0; is_plain(at) && i < COUNT(words); i++)
        if (str_equal(at.node->text, words[i].text)) {
            *out = words[i].value;
            return true;
        }
    bool is_quoted = at.node->kind == YAML_SCALAR && !at.node->is_plain;
    fault_at(r, at,
             is_quoted ? "must be true or false; quotes make it a text" : "must be true or false");
    return false;
}

static void read_bool(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(target != NULL);
    bool value;

    if (parse_bool(r, at, &value))
        *(bool *)row_member(target, row->at) = value;
}

/* Stores the negated boolean. */
static void read_not_bool(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(target != NULL);
    bool value;

    if (parse_bool(r, at, &value))
        *(bool *)row_member(target, row->at) = !value;
}

/* Stores a boolean as CHOICE_YES or CHOICE_NO. */
static void read_tristate(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(target != NULL);
    bool value;

    if (parse_bool(r, at, &value))
        *(enum choice *)row_member(target, row->at) = value ? CHOICE_YES : CHOICE_NO;
}

/* ---- numbers and amounts ---- */

static bool is_within(const struct option_row *row, int64_t value)
{
    ensure(row->least <= row->most);
    return value >= row->least && value <= row->most;
}

/* Stores a number in the row's int64_t. */
static void store_int64(const struct option_row *row, void *target, int64_t value)
{
    ensure(row->kind == OPTION_INTEGER || row->kind == OPTION_DURATION);
    ensure(is_within(row, value));
    int64_t *member = row_member(target, row->at);

    *member = value;
}

/* Stores an integer within the row's range. */
static void read_integer(struct config_reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    ensure(at.node != NULL && target != NULL);
    int64_t value = 0;
    bool is_integer = is_plain(at) && str_to_int(at.node->text, &value);

    if (!is_integer || !is_within(row, value)) {
        fault_at(r, at, "must be an integer from %lld to %lld", (long long)row->least,
                 (long long)row->most);
        return;
    }
    store_int64(row, target, value);
}

/* Parses a decimal number. Unlike strtod, rejects "", "inf", "nan" and hexadecimal. */
static bool parse_number(struct place at, double *out)
{
    ensure(at.node != NULL && out != NULL);
    static const char allowed[] = "0123456789+-.eE";
    str text = at.node->text;
    char *end;

    if (!is_plain(at) || text.len == 0)
        return false;
    if (strspn(text.ptr, allowed) != text.len)
        return false;
    *out = strtod(text.ptr, &end); /* the text is NUL-terminated */
    return *end == '\0';
}

/* Stores a number within the row's range. */
static void read_number(struct config_reading *r, const struct option_row *row, struct place at,
                        void *target)
{
    ensure(row->kind == OPTION_NUMBER && row->least <= row->most);
    double value = 0;
    bool is_number = parse_number(at, &value);
    bool is_in_range = value >= (double)row->least && value <= (double)row->most;

    if (!is_number || !is_in_range) {
        fault_at(r, at, "must be a number from %lld to %lld", (long long)row->least,
                 (long long)row->most);
        return;
    }
    *(double *)row_member(target, row->at) = value;
}

const struct option_unit size_units[] = {
    { "GiB", (int64_t)1024 * MiB }, { "MiB", MiB }, { "KiB", KiB }, { "", 1 }
};
const struct option_unit duration_units[] = {
    { "d", 24 * 60 * 60 }, { "h", 60 * 60 }, { "m", 60 }, { "s", 1 }, { "", 1 }
};

/* Removes the unit from the end of the text and returns its factor, 1 without a unit. */
static int64_t cut_unit(str *text, const struct option_unit *units)
{
    ensure(text != NULL && units != NULL);
    while (!str_ends(*text, str_of(units->name)))
        units++; /* ends at the last unit, whose name is empty */
    text->len -= strlen(units->name);
    ensure(units->factor > 0);
    return units->factor;
}

/* Parses an integer and multiplies it by its unit. Returns false on overflow. */
static bool parse_product(str number, int64_t factor, int64_t *out)
{
    ensure(factor > 0 && out != NULL);
    int64_t count;

    if (!str_to_int(number, &count))
        return false;
    return !__builtin_mul_overflow(count, factor, out);
}

/* Stores a size in bytes. Allows blanks before the unit. */
static void read_size(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(row->kind == OPTION_SIZE && row->least >= 0);
    str number = at.node->text;
    int64_t factor = cut_unit(&number, size_units), bytes = 0;
    bool is_size = at.node->kind == YAML_SCALAR && parse_product(str_trim(number), factor, &bytes);

    if (!is_size || !is_within(row, bytes)) {
        fault_at(r, at, "must be a size such as 512KiB or 2MiB, from %lld to %lld bytes",
                 (long long)row->least, (long long)row->most);
        return;
    }
    *(size_t *)row_member(target, row->at) =
        (size_t)bytes; /* at least row->least, which is not negative */
}

static void read_duration(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(row->kind == OPTION_DURATION && row->least >= 0);
    str number = at.node->text;
    int64_t factor = cut_unit(&number, duration_units), seconds = 0;
    bool is_duration = at.node->kind == YAML_SCALAR && parse_product(number, factor, &seconds);

    if (!is_duration || !is_within(row, seconds)) {
        fault_at(r, at, "must be a duration such as 90s, 15m or 24h, from %lld to %lld seconds",
                 (long long)row->least, (long long)row->most);
        return;
    }
    store_int64(row, target, seconds);
}

/* ---- lists of texts ---- */

/* Writes the strings of a list to out, which holds at.node->count, and returns their number. Skips
 * items that are absent or not valid. */
size_t read_text_items(struct config_reading *r, const struct option_row *row, struct place at,
                       const char **out)
{
    ensure(out != NULL);
    struct option_row item = *row; /* checks each item as the row does */
    size_t index = 0, count = 0;

    item.at = 0; /* the target is the string itself, not a struct */
    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, MUST_BE_LIST);
        return 0;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        out[count] = NULL;
        read_text(r, &item, place_item(r, at, child, index), &out[count]);
        if (out[count] != NULL)
            count++;
        index++;
    }
    ensure(count <= at.node->count);
    return count;
}

static void store_texts(const struct option_row *row, void *target, const char *const *texts,
                        size_t count)
{
    ensure(row->at != row->also && texts != NULL);
    *(const char *const **)row_member(target, row->at) = texts;
    *(size_t *)row_member(target, row->also) = count;
}

static void read_texts(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(at.node != NULL && target != NULL);
    const char **texts = arena_array(r->a, at.node->count, sizeof(*texts));
    size_t count = read_text_items(r, row, at, texts);

    store_texts(row, target, texts, count);
}

/* Stores the strings of a list, or a single string as a list of one. */
static void read_text_or_texts(struct config_reading *r, const struct option_row *row,
                               struct place at, void *target)
{
    ensure(at.node != NULL && target != NULL);
    if (at.node->kind == YAML_LIST) {
        read_texts(r, row, at, target);
        return;
    }
    struct option_row item = *row;
    const char **texts = arena_alloc(r->a, sizeof(*texts));
    item.at = 0; /* the target is the string itself, not a struct */
    read_text(r, &item, at, texts);
    store_texts(row, target, texts, texts[0] != NULL ? 1 : 0);
}

/* Stores a string, or the items of a list joined by newlines. */
static void read_lines(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(at.node != NULL && target != NULL);
    static const struct option_row unchecked = { .key = NULL };
    AUTO_BUF text = buf_with_limit(LINES_MAX_BYTES);

    if (at.node->kind != YAML_LIST) {
        read_text(r, row, at, target);
        return;
    }
    const char **lines = arena_array(r->a, at.node->count, sizeof(*lines));
    size_t count = read_text_items(r, &unchecked, at, lines);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%s", i > 0 ? "\n" : "", lines[i]);
    if (!buf_ok(&text))
        fault_at(r, at, "longer than 2 MiB");
    else if (text.len > 0)
        *(const char **)row_member(target, row->at) = arena_copy(r->a, buf_view(&text));
}

/* ---- addresses and databases ---- */

bool port_is_valid(int64_t port)
{
    return port >= 0 && port <= UINT16_MAX;
}

/* Splits HOST:PORT. An IPv6 address must be in brackets, which are removed. */
static bool parse_address(str text, str *host, int64_t *port)
{
    ensure(host != NULL && port != NULL);
    const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;

    if (colon == NULL)
        return false;
    size_t host_len = (size_t)(colon - text.ptr);
    *host = (str){ text.ptr, host_len };
    bool is_bracketed = str_starts(*host, STR("[")) && str_ends(*host, STR("]"));
    if (is_bracketed)
        *host = (str){ host->ptr + 1, host->len - strlen("[]") };
    if (str_has(*host, ':') != is_bracketed || check_host(*host) != NULL)
        return false;
    return str_to_int(str_from(text, host_len + 1), port) && port_is_valid(*port);
}

/* Stores the host and the port. */
static void read_address(struct config_reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    ensure(row->kind == OPTION_ADDRESS && row->at != row->also);
    const char *text = text_resolve(r, at);
    str host;
    int64_t port;

    if (text == NULL)
        return;
    if (!parse_address(str_of(text), &host, &port)) {
        fault_at(r, at, "must be HOST:PORT, such as 127.0.0.1:7777 or [::1]:7777");
        return;
    }
    *(const char **)row_member(target, row->at) = arena_copy(r->a, host);
    *(uint16_t *)row_member(target, row->also) = (uint16_t)port; /* see parse_address */
}

/* Returns the URL for store/db.h, "memory" if the path is empty. */
static const char *database_of(struct config_reading *r, str path)
{
    if (path.len == 0)
        return "memory";
    return arena_printf(r->a, "sqlite:%s", path_resolve(r, path));
}

/* Stores the URL of a database, with its path resolved. */
static void read_database(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(row->kind == OPTION_DATABASE && target != NULL);
    const char *written = text_resolve(r, at);
    str path;

    if (written == NULL)
        return;
    const char *error = database_url_read(str_of(written), &path);
    if (error != NULL)
        fault_at(r, at, "%s", error);
    else
        *(const char **)row_member(target, row->at) = database_of(r, path);
}

/* ---- keys that are not built yet ---- */

/* Returns whether an unsupported key has no effect: its value is null or the row's `harmless`. */
static bool is_harmless(const struct option_row *row, const struct yaml_node *node)
{
    ensure(node != NULL);
    str harmless = str_of(row->harmless);

    switch (node->kind) {
    case YAML_NULL: return true;
    case YAML_SCALAR: return row->harmless != NULL && str_equal(node->text, harmless);
    case YAML_LIST: return node->count == 0 && str_equal(harmless, STR("[]"));
    case YAML_MAP: return node->count == 0 && str_equal(harmless, STR("{}"));
    }
    return false;
}

/* Reports an unsupported key unless its value is harmless. Stores nothing. */
static void report_unsupported(struct config_reading *r, const struct option_row *row,
                               struct place at, void *target)
{
    ensure(row->kind == OPTION_UNSUPPORTED);
    (void)target;
    if (!is_harmless(row, at.node))
        fault_at(r, at, "not supported in this version");
}

/* Returns the reader of a kind other than OPTION_OWN and OPTION_SECTION. */
option_reader *reader_of(enum option_kind kind)
{
    static option_reader *const readers[OPTION_KIND_COUNT] = {
        [OPTION_UNSUPPORTED] = report_unsupported,
        [OPTION_TEXT] = read_text,
        [OPTION_LINES] = read_lines,
        [OPTION_TEXTS] = read_texts,
        [OPTION_TEXT_OR_TEXTS] = read_text_or_texts,
        [OPTION_WORD] = read_word,
        [OPTION_WORD_INDEX] = read_word_index,
        [OPTION_WORD_BOOL] = read_word_bool,
        [OPTION_BOOL] = read_bool,
        [OPTION_NOT_BOOL] = read_not_bool,
        [OPTION_TRISTATE] = read_tristate,
        [OPTION_INTEGER] = read_integer,
        [OPTION_NUMBER] = read_number,
        [OPTION_SIZE] = read_size,
        [OPTION_DURATION] = read_duration,
        [OPTION_ADDRESS] = read_address,
        [OPTION_DATABASE] = read_database,
    };

    ensure(kind < OPTION_KIND_COUNT && readers[kind] != NULL);
    return readers[kind];
}
