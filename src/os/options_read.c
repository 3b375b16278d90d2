/* Sections by their rows, and the kinds that are one value or a list of texts. */
#include "os/options_read.h"

#include "base/limits.h"
#include "base/mem.h"
#include "os/nearest.h"
#include "os/option_checks.h"

enum { ROWS_MAX = 64 };

struct fault_place place_of(const struct reading *r, const struct yaml_node *node)
{
    return (struct fault_place){ .file = r->file, .line = node->line, .column = node->column };
}

/* A key as it may be shown: short, and on one line. */
static const char *shown_key(struct reading *r, str key)
{
    char *text = arena_copy(r->a, (str){ key.ptr, key.len < 64 ? key.len : 64 });

    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    return text;
}

struct place place_member(struct reading *r, struct place map, const struct yaml_node *child)
{
    const char *key = shown_key(r, child->key);

    return (struct place){ child,
                           map.path == NULL ? key : arena_printf(r->a, "%s.%s", map.path, key) };
}

struct place place_item(struct reading *r, struct place list, const struct yaml_node *child,
                        size_t index)
{
    return (struct place){ child, arena_printf(r->a, "%s[%zu]", list.path, index) };
}

/* ---- single values ---- */

static void *member(void *target, size_t at)
{
    return (char *)target + at;
}

static bool is_plain(struct place at)
{
    return at.node->kind == YAML_SCALAR && at.node->is_plain;
}

static void read_text(struct reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    const char *text = text_read(r, at);
    const char *complaint = text != NULL && row->check != NULL ? row->check(str_of(text)) : NULL;

    if (complaint != NULL)
        fault_at(r, at, "%s", complaint);
    else if (text != NULL)
        *(const char **)member(target, row->at) = text;
}

static void read_bool(struct reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    static const str words[][2] = { { STR_INIT("false"), STR_INIT("true") },
                                    { STR_INIT("False"), STR_INIT("True") },
                                    { STR_INIT("FALSE"), STR_INIT("TRUE") } };

    for (size_t i = 0; i < 6; i++)
        if (is_plain(at) && str_equal(at.node->text, words[i / 2][i % 2])) {
            *(bool *)member(target, row->at) = i % 2 == 1;
            return;
        }
    fault_at(r, at, "must be true or false");
}

static void read_not_bool(struct reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    const struct option_row as_bool = { .at = 0 };
    bool value = true;

    read_bool(r, &as_bool, at, &value);
    *(bool *)member(target, row->at) = !value;
}

static void read_tristate(struct reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    const struct option_row as_bool = { .at = 0 };
    bool value = false;
    size_t errors = r->faults.errors;

    read_bool(r, &as_bool, at, &value);
    if (r->faults.errors == errors)
        *(int *)member(target, row->at) = value ? 1 : 0;
}

static void read_integer(struct reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    int64_t value;

    if (!is_plain(at) || !str_to_int(at.node->text, &value) || value < row->least ||
        value > row->most) {
        fault_at(r, at, "must be a whole number from %lld to %lld", (long long)row->least,
                 (long long)row->most);
        return;
    }
    *(int64_t *)member(target, row->at) = value;
}

static void read_number(struct reading *r, const struct option_row *row, struct place at,
                        void *target)
{
    static const char allowed[] = "0123456789+-.eE";
    const char *text = at.node->text.ptr;
    char *end = NULL;
    double value =
        is_plain(at) && strspn(text, allowed) == at.node->text.len ? strtod(text, &end) : 0;

    if (end == NULL || *end != '\0' || !(value >= (double)row->least && value <= (double)row->most))
        fault_at(r, at, "must be a number from %lld to %lld", (long long)row->least,
                 (long long)row->most);
    else
        *(double *)member(target, row->at) = value;
}

static bool size_parse(str text, int64_t *out)
{
    static const struct {
        str suffix;
        int64_t bytes;
    } units[] = { { STR_INIT("KiB"), KiB },
                  { STR_INIT("MiB"), MiB },
                  { STR_INIT("GiB"), (int64_t)1024 * MiB } };
    int64_t unit = 1, count;

    for (size_t i = 0; i < COUNT(units); i++)
        if (str_ends(text, units[i].suffix)) {
            text.len -= units[i].suffix.len;
            unit = units[i].bytes;
        }
    return str_to_int(str_trim(text), &count) && !__builtin_mul_overflow(count, unit, out);
}

static void read_size(struct reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    int64_t bytes;

    if (at.node->kind != YAML_SCALAR || !size_parse(at.node->text, &bytes) || bytes < row->least ||
        bytes > row->most)
        fault_at(r, at, "must be a size such as 512KiB or 2MiB, from %lld to %lld bytes",
                 (long long)row->least, (long long)row->most);
    else
        *(size_t *)member(target, row->at) = (size_t)bytes;
}

/* ---- one of some words ---- */

/* Which of the words it is, and the word from the table itself; -1 after a fault. */
static int word_index(struct reading *r, const struct option_row *row, struct place at, str *word)
{
    str rest = str_of(row->words), text = at.node->text;

    for (int i = 0; rest.len > 0; i++) {
        *word = str_split(&rest, ' ');
        if (at.node->kind == YAML_SCALAR && str_equal(text, *word))
            return i;
    }
    fault_at(r, at, "must be one of: %s", row->words);
    return -1;
}

static void read_word(struct reading *r, const struct option_row *row, struct place at,
                      void *target)
{
    str word;

    if (word_index(r, row, at, &word) >= 0)
        *(const char **)member(target, row->at) = arena_copy(r->a, word);
}

static void read_word_index(struct reading *r, const struct option_row *row, struct place at,
                            void *target)
{
    str word;
    int index = word_index(r, row, at, &word);

    if (index >= 0)
        *(unsigned *)member(target, row->at) = (unsigned)index;
}

static void read_word_bool(struct reading *r, const struct option_row *row, struct place at,
                           void *target)
{
    str word;
    int index = word_index(r, row, at, &word);

    if (index >= 0)
        *(bool *)member(target, row->at) = index == 1;
}

/* ---- lists of texts ---- */

size_t texts_read(struct reading *r, const struct option_row *row, struct place at,
                  const char **out)
{
    size_t index = 0, count = 0;

    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, "must be a list");
        return 0;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct option_row single = *row;

        single.at = 0;
        read_text(r, &single, place_item(r, at, child, index++), &out[count]);
        count += out[count] != NULL;
    }
    return count;
}

static void read_texts(struct reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    const char **texts = arena_alloc(r->a, (at.node->count + 1) * sizeof(*texts));

    *(size_t *)member(target, row->also) = texts_read(r, row, at, texts);
    *(const char *const **)member(target, row->at) = texts;
}

static void read_text_or_texts(struct reading *r, const struct option_row *row, struct place at,
                               void *target)
{
    if (at.node->kind == YAML_LIST) {
        read_texts(r, row, at, target);
        return;
    }
    const char **texts = arena_alloc(r->a, sizeof(*texts));
    struct option_row single = *row;

    single.at = 0;
    read_text(r, &single, at, texts);
    *(const char *const **)member(target, row->at) = texts;
    *(size_t *)member(target, row->also) = texts[0] != NULL;
}

static void read_lines(struct reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    const struct option_row as_texts = { .at = 0, .also = sizeof(const char *const *) };
    AUTO_BUF text = buf_with_limit(2 * CONFIG_MAX_BYTES);
    struct {
        const char *const *all;
        size_t count;
    } lines = { NULL, 0 };

    if (at.node->kind != YAML_LIST) {
        read_text(r, row, at, target);
        return;
    }
    read_texts(r, &as_texts, at, &lines);
    for (size_t i = 0; i < lines.count; i++)
        buf_printf(&text, "%s%s", i > 0 ? "\n" : "", lines.all[i]);
    if (!buf_ok(&text))
        fault_at(r, at, "longer than 2 MiB");
    else if (text.len > 0)
        *(const char **)member(target, row->at) = arena_copy(r->a, buf_view(&text));
}

/* ---- addresses and databases ---- */

bool port_is_valid(int64_t port)
{
    return port >= 0 && port <= UINT16_MAX;
}

bool address_parse(str text, str *host, int64_t *port)
{
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

static void read_address(struct reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    const char *text = text_read(r, at);
    str host;
    int64_t port;

    if (text == NULL)
        return;
    if (!address_parse(str_of(text), &host, &port)) {
        fault_at(r, at, "must be HOST:PORT, such as 127.0.0.1:7777 or [::1]:7777");
        return;
    }
    *(const char **)member(target, row->at) = arena_copy(r->a, host);
    *(uint16_t *)member(target, row->also) = (uint16_t)port;
}

static void read_database(struct reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    const char *text = text_read(r, at);
    const char **out = member(target, row->at);

    if (text == NULL)
        return;
    if (strcmp(text, "memory") == 0)
        *out = text;
    else if (str_starts(str_of(text), STR("sqlite:")) && strlen(text) > strlen("sqlite:"))
        *out = arena_printf(r->a, "sqlite:%s",
                            path_resolve(r, str_from(str_of(text), strlen("sqlite:"))));
    else if (str_starts(str_of(text), STR("postgres")))
        fault_at(r, at, "PostgreSQL is not supported in this version; use sqlite:PATH or memory");
    else
        fault_at(r, at, "must be sqlite:PATH or memory");
}

/* ---- sections ---- */

static void read_section(struct reading *r, const struct option_row *row, struct place at,
                         void *target)
{
    const struct option_row short_form = { .at = row->also };

    if (row->also != 0 && is_plain(at))
        read_bool(r, &short_form, at, target);
    else
        section_read(r, row->section, at, member(target, row->at));
}

/* Written as `harmless`, or null? Then it asks for nothing that is missing. */
static bool is_harmless(const struct option_row *row, const struct yaml_node *node)
{
    str harmless = str_of(row->harmless);

    switch (node->kind) {
    case YAML_NULL: return true; /* as if absent */
    case YAML_SCALAR: return row->harmless != NULL && str_equal(node->text, harmless);
    case YAML_LIST: return node->count == 0 && str_equal(harmless, STR("[]"));
    case YAML_MAP: return node->count == 0 && str_equal(harmless, STR("{}"));
    }
    return false;
}

static void refuse(struct reading *r, const struct option_row *row, struct place at, void *target)
{
    (void)target; /* it has no place there yet */
    if (!is_harmless(row, at.node))
        fault_at(r, at, "not supported in this version");
}

static option_reader *const readers[OPTION_KIND_COUNT] = {
    [OPTION_UNSUPPORTED] = refuse,
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
    [OPTION_ADDRESS] = read_address,
    [OPTION_DATABASE] = read_database,
    [OPTION_SECTION] = read_section,
    [OPTION_KEYS] = keys_read,
    [OPTION_JWKS] = jwks_read_path,
    [OPTION_SCOPES] = scopes_read,
    [OPTION_DURATION] = duration_read,
    [OPTION_DEMANDS] = demands_read,
    [OPTION_ISSUER_KEYS] = issuer_keys_read,
    [OPTION_ISSUER_JWKS] = issuer_jwks_read,
    [OPTION_ISSUERS] = issuers_read,
    [OPTION_MODEL] = model_read,
    [OPTION_MODELS] = models_read,
    [OPTION_AGENTS] = agents_read,
};

/* The fallback as a node that stands nowhere: a scalar, or for lists a list of its words. */
static const struct yaml_node *fallback_node(struct reading *r, const struct option_row *row)
{
    struct yaml_node *node = arena_alloc(r->a, sizeof(*node));
    struct yaml_node **end = &node->first;
    str rest = str_of(row->fallback);

    if (row->kind != OPTION_TEXTS) {
        *node = (struct yaml_node){ .kind = YAML_SCALAR, .text = rest, .is_plain = true };
        return node;
    }
    node->kind = YAML_LIST;
    for (; rest.len > 0; node->count++) {
        struct yaml_node *child = arena_alloc(r->a, sizeof(*child));

        *child = (struct yaml_node){ .kind = YAML_SCALAR, .text = str_split(&rest, ' ') };
        *end = child;
        end = &child->next;
    }
    return node;
}

void section_defaults(struct reading *r, const struct option_section *section, void *target)
{
    for (const struct option_row *row = section->rows; row < section->rows + section->count;
         row++) {
        if (row->kind == OPTION_TRISTATE)
            *(int *)member(target, row->at) = -1;
        else if (row->kind == OPTION_NUMBER)
            *(double *)member(target, row->at) = -1;
        else if (row->kind == OPTION_SECTION)
            section_defaults(r, row->section, member(target, row->at));
        else if (row->fallback != NULL)
            readers[row->kind](r, row, (struct place){ fallback_node(r, row), row->key }, target);
    }
}

static bool is_known(const struct option_section *section, str key)
{
    for (size_t i = 0; i < section->count; i++)
        if (str_equal(str_of(section->rows[i].key), key))
            return true;
    return false;
}

static void refuse_unknown(struct reading *r, const struct option_section *section, struct place at)
{
    const struct fault_place where = { r->file, at.node->key_line, at.node->key_column };
    const char *names[ROWS_MAX];

    for (size_t i = 0; i < section->count && i < ROWS_MAX; i++)
        names[i] = section->rows[i].key;
    const char *nearest = nearest_name(at.node->key, names, section->count);
    if (nearest != NULL)
        fault_add(&r->faults, where, at.path, "unknown key; did you mean '%s'?", nearest);
    else
        fault_add(&r->faults, where, at.path, "unknown key");
}

void section_read(struct reading *r, const struct option_section *section, struct place at,
                  void *target)
{
    if (at.node->kind == YAML_NULL)
        return;
    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of keys and values");
        return;
    }
    for (const struct option_row *row = section->rows; row < section->rows + section->count;
         row++) {
        const struct yaml_node *child = yaml_get(at.node, row->key);

        if (child != NULL && child->kind != YAML_NULL)
            readers[row->kind](r, row, place_member(r, at, child), target);
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next)
        if (!is_known(section, child->key) && r->faults.out->count < FAULTS_MAX)
            refuse_unknown(r, section, place_member(r, at, child));
}
