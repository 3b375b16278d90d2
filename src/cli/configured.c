/* Loads the configuration of a command. */
#include "cli/configured.h"

#include "base/limits.h"
#include "cli/input.h"
#include "config/faults.h"

agentos_status configured_read_input(struct option_flags *flags, arena *a, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    if (flags->config == NULL || strcmp(flags->config, "-") != 0)
        return AGENTOS_OK;
    TRY(input_read("-", &text, err));
    if (memchr(text.ptr != NULL ? text.ptr : "", '\0', text.len) != NULL)
        return fail(err, AGENTOS_INVALID, "standard input is not text");
    flags->config = "standard input"; /* as faults call it; relative paths are from this folder */
    flags->text = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* Loads the configuration, by default agentos.yaml, and prints its errors. */
agentos_status configured_options(const char *config, arena *a, struct options *out,
                                  agentos_error *err)
{
    struct option_flags flags = { .config = config, .port = -1 };
    struct config_faults faults = { 0 };

    *out = (struct options){ 0 };
    TRY(configured_read_input(&flags, a, err));
    agentos_status status = options_load(&flags, a, out, &faults, err);
    faults_print(&faults, stderr);
    return status;
}

void configured_warn_if_no_agents(const struct options *options)
{
    if (options->file == NULL)
        (void)fputs("agentos: warning: no agentos.yaml in this folder, so there are no agents\n",
                    stderr);
    else if (options->agent_count == 0)
        (void)fprintf(stderr, "agentos: warning: %s has no agents\n", options->file);
}
