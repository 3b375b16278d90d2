/* Reads a configuration with its .env file. */
#include "config/reading.h"

#include "base/ensure.h"
#include "config/file.h"

/* ---- the texts ---- */

/* Returns the folder of a path with its final slash, or "". */
static const char *folder_of(arena *a, const char *path)
{
    ensure(path != NULL);
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return "";
    size_t len = (size_t)(slash - path) + 1;
    return arena_copy(a, (str){ path, len });
}

/* Reads the requested file, or the usual one if none was requested. Returns its path, or NULL if it
 * cannot be read, which is a fault unless the usual file is missing. */
static const char *read_file(struct config_reading *r, const char *requested, const char *usual,
                             buf *text)
{
    ensure(requested != NULL || usual != NULL);
    const char *path = requested != NULL ? requested : usual;
    agentos_error err;
    agentos_status status = file_read(path, text, &err);

    if (status == AGENTOS_OK)
        return path;
    bool may_be_missing = requested == NULL;
    if (!may_be_missing || status != AGENTOS_NOT_FOUND)
        fault_add(&r->faults, (struct fault_place){ .file = path }, NULL, "cannot be read: %s",
                  err.message);
    return NULL;
}

/* Reads the requested .env file, or the one beside the configuration. */
static void read_env_file(struct config_reading *r, const char *requested)
{
    ensure(r->folder != NULL);
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    const char *usual = arena_printf(r->a, "%s.env", r->folder);
    agentos_error err;
    int line = 0;

    r->env_file = read_file(r, requested, usual, &text);
    if (r->env_file == NULL)
        return;
    if (env_read(&r->env, buf_view(&text), r->a, &line, &err) == AGENTOS_OK)
        return;
    const struct fault_place where = { .file = r->env_file, .line = line, .column = 1 };
    fault_add(&r->faults, where, NULL, "%s", err.message);
}

/* Reads the configuration and the .env file. Requires r->a and r->faults. */
void reading_open(struct config_reading *r, const struct config_source *source)
{
    ensure(r->a != NULL && r->faults.a != NULL && r->faults.out != NULL);
    ensure(source->usual != NULL);
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    if (source->text != NULL) {
        r->path = source->path;
        buf_append(&text, str_of(source->text));
    } else {
        r->path = read_file(r, source->path, source->usual, &text);
    }
    str view = buf_view(&text);
    r->text = (str){ arena_copy(r->a, view), view.len };
    r->file = r->path != NULL ? r->path : "defaults";
    r->folder = r->path != NULL ? folder_of(r->a, r->path) : "";
    read_env_file(r, source->env_file);
}

/* ---- the options ---- */

/* Adds a fault of the YAML parser. */
static void report_yaml(void *user, int line, int column, const char *sentence)
{
    ensure(sentence != NULL);
    struct config_reading *r = user;

    fault_add(&r->faults, (struct fault_place){ r->file, line, column }, NULL, "%s", sentence);
}

/* Fills target with the defaults, then with the file's values. Returns false if it cannot be
 * parsed. */
bool reading_fill(struct config_reading *r, void *target)
{
    ensure(r->rows != NULL && r->root == NULL && target != NULL);
    const struct yaml_reports reports = { .report = report_yaml, .user = r };

    r->root = yaml_parse(r->text, r->a, &reports);
    section_defaults(r, r->rows, target);
    if (r->root == NULL)
        return false;
    (void)section_read(r, r->rows, (struct place){ .node = r->root }, target); /* see r->faults */
    return true;
}

/* Adds a fault about an environment variable, which must be set. */
void fault_of_variable(struct config_reading *r, const char *name, const char *sentence)
{
    ensure(env_get(&r->env, name) != NULL && sentence != NULL);
    const char *source = env_is_from_file(&r->env, name) ? r->env_file : "environment";

    fault_add(&r->faults, (struct fault_place){ .file = source }, name, "%s", sentence);
}

/* Sorts the faults and frees the environment. Returns INVALID if there are errors. */
agentos_status reading_close(struct config_reading *r, agentos_error *err)
{
    ensure(r->faults.out->count <= FAULTS_MAX);
    env_clear(&r->env);
    faults_sort(r->faults.out);
    if (r->faults.errors == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "invalid configuration: %zu %s", r->faults.errors,
                r->faults.errors == 1 ? "error" : "errors");
}
