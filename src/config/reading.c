/* Reads one configuration from start to end: finds and parses the file, fills in the options, and
 * collects all faults. */
#include "config/reading.h"

#include "base/ensure.h"
#include "config/file.h"

/* ---- the texts ---- */

/* The folder a path is in, with its slash; "" for the working folder. */
static const char *folder_of(arena *a, const char *path)
{
    ensure(path != NULL);
    const char *slash = strrchr(path, '/');

    return slash == NULL ? "" : arena_copy(a, (str){ path, (size_t)(slash - path) + 1 });
}

/* Reads the file that was asked for, or the usual one if it is there; its path. NULL: there is
 * none, or it cannot be read, which is a fault. */
static const char *read_either(struct config_reading *r, const char *asked, const char *usual,
                               buf *text)
{
    ensure(asked != NULL || usual != NULL);
    const char *path = asked != NULL ? asked : usual;
    agentos_error err;
    agentos_status status = file_read(path, text, &err);

    if (status == AGENTOS_OK)
        return path;
    if (asked != NULL || status != AGENTOS_NOT_FOUND)
        fault_add(&r->faults, (struct fault_place){ .file = path }, NULL, "cannot be read: %s",
                  err.message);
    return NULL;
}

static void read_env_file(struct config_reading *r, const char *asked)
{
    ensure(r->folder != NULL);
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    agentos_error err;
    int line = 0;

    r->env_file = read_either(r, asked, arena_printf(r->a, "%s.env", r->folder), &text);
    if (r->env_file != NULL && env_read(&r->env, buf_view(&text), r->a, &line, &err) != AGENTOS_OK)
        fault_add(&r->faults, (struct fault_place){ r->env_file, line, 1 }, NULL, "%s",
                  err.message);
}

void reading_open(struct config_reading *r, const struct config_source *source)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    ensure(r->a != NULL && r->faults.a != NULL && r->faults.out != NULL);
    ensure(source->usual != NULL);
    if (source->text != NULL) {
        r->path = source->path;
        buf_append(&text, str_of(source->text));
    } else {
        r->path = read_either(r, source->path, source->usual, &text);
    }
    str view = buf_view(&text);
    r->text = (str){ arena_copy(r->a, view), view.len };
    r->file = r->path != NULL ? r->path : "defaults";
    r->folder = r->path != NULL ? folder_of(r->a, r->path) : "";
    read_env_file(r, source->env_file);
    ensure(r->file != NULL && r->folder != NULL);
}

/* ---- the options ---- */

static void report_yaml(void *user, int line, int column, const char *sentence)
{
    ensure(sentence != NULL);
    struct config_reading *r = user;

    fault_add(&r->faults, (struct fault_place){ r->file, line, column }, NULL, "%s", sentence);
}

bool reading_fill(struct config_reading *r, void *target)
{
    const struct yaml_reports reports = { report_yaml, r };

    ensure(r->rows != NULL && r->root == NULL);
    r->root = yaml_parse(r->text, r->a, &reports);
    section_defaults(r, r->rows, target);
    if (r->root != NULL)
        section_read(r, r->rows, (struct place){ r->root, NULL }, target);
    return r->root != NULL;
}

void fault_of_variable(struct config_reading *r, const char *name, const char *sentence)
{
    ensure(env_get(&r->env, name) != NULL && sentence != NULL);
    const char *source = env_is_from_file(&r->env, name) ? r->env_file : "environment";

    fault_add(&r->faults, (struct fault_place){ .file = source }, name, "%s", sentence);
}

agentos_status reading_close(struct config_reading *r, agentos_error *err)
{
    ensure(r->faults.out->count <= FAULTS_MAX);
    env_clear(&r->env);
    faults_sort(r->faults.out);
    if (r->faults.errors == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "the configuration is refused: %zu %s", r->faults.errors,
                r->faults.errors == 1 ? "fault" : "faults");
}
