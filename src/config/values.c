/* Reads configuration values of the general kinds, such as text, bool, size, duration and list of
 * texts. Each reader stores the value in the members that its option row names, or adds a fault. */
#include "config/reading.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/checks.h"

static bool is_plain(struct place at)
{
    return at.node->kind == YAML_SCALAR && at.node->is_plain;
}

static void read_text(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(at.node != NULL && target != NULL);
    const char *text = text_resolve(r, at);
    const char *complaint = text != NULL && row->check != NULL ? row->check(str_of(text)) : NULL;

    if (complaint != NULL)
        fault_at(r, at, "%s", complaint);
    else if (text != NULL)
        *(const char **)row_member(target, row->at) = text;
}

/* ---- booleans ---- */

/* Whether the value is a boolean of YAML 1.2; if not, that is a fault, and *out is as it was. */
static bool parse_bool(struct config_reading *r, struct place at, bool *out)
{
    ensure(at.node != NULL && out != NULL);
    static const str words[][2] = { { STR_INIT("false"), STR_INIT("true") },
                                    { STR_INIT("False"), STR_INIT("True") },
                                    { STR_INIT("FALSE"), STR_INIT("TRUE") } };

    for (size_t i = 0; i < COUNT(words); i++)
        for (size_t value = 0; value < 2; value++)
            if (is_plain(at) && str_equal(at.node->text, words[i][value])) {
                *out = value == 1;
                return true;
            }
    fault_at(r, at, "must be true or false");
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

static void read_not_bool(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(target != NULL);
    bool value;

    if (parse_bool(r, at, &value))
        *(bool *)row_member(target, row->at) = !value;
}

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

static void read_integer(struct config_reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    int64_t value;

    if (is_plain(at) && str_to_int(at.node->text, &value) && is_within(row, value))
        *(int64_t *)row_member(target, row->at) = value;
    else
        fault_at(r, at, "must be a whole number from %lld to %lld", (long long)row->least,
                 (long long)row->most);
}

/* A whole or decimal number; the letters of inf, nan and hexadecimal numbers are not among its
 * bytes. */
static void read_number(struct config_reading *r, const struct option_row *row, struct place at,
                        void *target)
{
    ensure(row->least <= row->most);
    static const char allowed[] = "0123456789+-.eE";
    const char *text = at.node->text.ptr; /* NUL follows it */
    char *end = NULL;
    double value =
        is_plain(at) && strspn(text, allowed) == at.node->text.len ? strtod(text, &end) : 0;

    if (end == NULL || *end != '\0' || !(value >= (double)row->least && value <= (double)row->most))
        fault_at(r, at, "must be a number from %lld to %lld", (long long)row->least,
                 (long long)row->most);
    else
        *(double *)row_member(target, row->at) = value;
}

const struct option_unit size_units[] = {
    { "GiB", (int64_t)1024 * MiB }, { "MiB", MiB }, { "KiB", KiB }, { "", 1 }
};
const struct option_unit duration_units[] = {
    { "d", 24 * 60 * 60 }, { "h", 60 * 60 }, { "m", 60 }, { "s", 1 }, { "", 1 }
};

/* Cuts one unit off the end of text; how much it stands for. */
static int64_t cut_unit(str *text, const struct option_unit *units)
{
    ensure(text != NULL && units != NULL);
    while (!str_ends(*text, str_of(units->name)))
        units++; /* every text ends with the last unit, which is empty */
    text->len -= strlen(units->name);
    return units->factor;
}

static void read_size(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    ensure(row->least >= 0);
    str text = at.node->text;
    int64_t unit = cut_unit(&text, size_units), count, bytes;

    if (at.node->kind != YAML_SCALAR || !str_to_int(str_trim(text), &count) ||
        __builtin_mul_overflow(count, unit, &bytes) || !is_within(row, bytes))
        fault_at(r, at, "must be a size such as 512KiB or 2MiB, from %lld to %lld bytes",
                 (long long)row->least, (long long)row->most);
    else
        *(size_t *)row_member(target, row->at) = (size_t)bytes;
}

static void read_duration(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    ensure(row->least >= 0);
    str text = at.node->text;
    int64_t unit = cut_unit(&text, duration_units), count, seconds;

    if (at.node->kind != YAML_SCALAR || !str_to_int(text, &count) ||
        __builtin_mul_overflow(count, unit, &seconds) || !is_within(row, seconds))
        fault_at(r, at, "must be a duration such as 90s, 15m or 24h, from %lld to %lld seconds",
                 (long long)row->least, (long long)row->most);
    else
        *(int64_t *)row_member(target, row->at) = seconds;
}

/* ---- one of some words ---- */

/* Which of the row's words the value is, and the word from the row itself; -1 after a fault. */
static int word_index(struct config_reading *r, const struct option_row *row, struct place at,
                      str *word)
{
    ensure(row->words != NULL && word != NULL);
    str rest = str_of(row->words), text = at.node->text;

    for (int i = 0; rest.len > 0; i++) {
        *word = str_split(&rest, ' ');
        if (at.node->kind == YAML_SCALAR && str_equal(text, *word))
            return i;
    }
    fault_at(r, at, "must be one of: %s", row->words);
    return -1;
}

static void read_word(struct config_reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    str word;

    if (word_index(r, row, at, &word) >= 0)
        *(const char **)row_member(target, row->at) = arena_copy(r->a, word);
}

static void read_word_index(struct config_reading *r, const struct option_row *row, struct place at,
                            void *target)
{
    str word;
    int index = word_index(r, row, at, &word);

    if (index >= 0)
        *(unsigned *)row_member(target, row->at) = (unsigned)index;
}

static void read_word_bool(struct config_reading *r, const struct option_row *row, struct place at,
                           void *target)
{
    ensure(row->words != NULL && strchr(row->words, ' ') != NULL);
    str word;
    int index = word_index(r, row, at, &word);

    if (index >= 0)
        *(bool *)row_member(target, row->at) = index == 1;
}

/* ---- lists of texts ---- */

size_t read_text_items(struct config_reading *r, const struct option_row *row, struct place at,
                       const char **out)
{
    ensure(out != NULL);
    struct option_row item = *row; /* with the row's check, into a single text */
    size_t index = 0, count = 0;

    item.at = 0;
    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, "must be a list");
        return 0;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        out[count] = NULL;
        read_text(r, &item, place_item(r, at, child, index++), &out[count]);
        count += out[count] != NULL;
    }
    ensure(count <= at.node->count);
    return count;
}

static void read_texts(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(row->at != row->also);
    const char **texts = arena_alloc(r->a, (at.node->count + 1) * sizeof(*texts));

    *(size_t *)row_member(target, row->also) = read_text_items(r, row, at, texts);
    *(const char *const **)row_member(target, row->at) = texts;
}

/* A list, or one text, which is a list of one; of none where it is absent. */
static void read_text_or_texts(struct config_reading *r, const struct option_row *row,
                               struct place at, void *target)
{
    ensure(row->at != row->also);
    struct option_row item = *row;
    const char **texts;

    if (at.node->kind == YAML_LIST) {
        read_texts(r, row, at, target);
        return;
    }
    item.at = 0;
    texts = arena_alloc(r->a, sizeof(*texts));
    read_text(r, &item, at, texts);
    *(const char *const **)row_member(target, row->at) = texts;
    *(size_t *)row_member(target, row->also) = texts[0] != NULL;
}

/* One text, or a list of lines, which are joined. */
static void read_lines(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    static const struct option_row unchecked = { .key = NULL };
    AUTO_BUF text = buf_with_limit(2 * CONFIG_MAX_BYTES);

    if (at.node->kind != YAML_LIST) {
        read_text(r, row, at, target);
        return;
    }
    const char **lines = arena_alloc(r->a, (at.node->count + 1) * sizeof(*lines));
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

/* "localhost:7777", "[::1]:7777"; false: neither. */
static bool parse_address(str text, str *host, int64_t *port)
{
    ensure(host != NULL && port != NULL);
    const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;

    if (colon == NULL)
        return false;
    *host = (str){ text.ptr, (size_t)(colon - text.ptr) };
    bool is_bracketed = str_starts(*host, STR("[")) && str_ends(*host, STR("]"));
    if (is_bracketed)
        *host = (str){ host->ptr + 1, host->len - 2 };
    return str_to_int(str_from(text, (size_t)(colon - text.ptr) + 1), port) &&
           port_is_valid(*port) && str_has(*host, ':') == is_bracketed && check_host(*host) == NULL;
}

/* Host and port, both or neither. */
static void read_address(struct config_reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    ensure(row->at != row->also);
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
    *(uint16_t *)row_member(target, row->also) = (uint16_t)port;
}

/* The URL of a database; the path in it becomes one as seen from the working folder. */
static void read_database(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    static const str sqlite = STR_INIT("sqlite:");
    const char **out = row_member(target, row->at), *resolved = text_resolve(r, at);
    str text = str_of(resolved);

    if (resolved == NULL)
        return;
    if (str_equal(text, STR("memory")))
        *out = resolved;
    else if (str_starts(text, sqlite) && text.len > sqlite.len)
        *out = arena_printf(r->a, "sqlite:%s", path_resolve(r, str_from(text, sqlite.len)));
    else if (str_starts(text, STR("postgres")))
        fault_at(r, at, "PostgreSQL is not supported in this version; use sqlite:PATH or memory");
    else
        fault_at(r, at, "must be sqlite:PATH or memory");
}

/* ---- keys that are not built yet ---- */

/* Is the value `harmless`, or null? Then nothing that is missing was asked for. */
static bool is_harmless(const struct option_row *row, const struct yaml_node *node)
{
    ensure(node != NULL);
    str harmless = str_of(row->harmless);

    switch (node->kind) {
    case YAML_NULL: return true; /* as if absent */
    case YAML_SCALAR: return row->harmless != NULL && str_equal(node->text, harmless);
    case YAML_LIST: return node->count == 0 && str_equal(harmless, STR("[]"));
    case YAML_MAP: return node->count == 0 && str_equal(harmless, STR("{}"));
    }
    return false;
}

static void refuse_unsupported(struct config_reading *r, const struct option_row *row,
                               struct place at, void *target)
{
    ensure(row->kind == OPTION_UNSUPPORTED);
    (void)target; /* it has no place there yet */
    if (!is_harmless(row, at.node))
        fault_at(r, at, "not supported in this version");
}

option_reader *reader_of(enum option_kind kind)
{
    static option_reader *const readers[OPTION_KIND_COUNT] = {
        [OPTION_UNSUPPORTED] = refuse_unsupported,
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
