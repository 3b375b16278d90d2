/* Loads the configuration of a command. */
#include "cli/configured.h"

#include "config/faults.h"

/* Loads the configuration, by default agentos.yaml, and prints its errors. */
agentos_status configured_options(const char *config, arena *a, struct options *out,
                                  agentos_error *err)
{
    const struct option_flags flags = { .config = config, .port = -1 };
    struct config_faults faults = { 0 };

    *out = (struct options){ 0 };
    agentos_status status = options_load(&flags, a, out, &faults, err);
    faults_print(&faults, stderr);
    return status;
}
