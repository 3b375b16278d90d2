/* Loads the configuration that a command refers to, in the same way as the server does. */
#include "cli/configured.h"

#include "config/faults.h"

/* Loads the configuration, and prints its faults to standard error. If config is NULL, loads
 * agentos.yaml in this directory. INVALID: the configuration cannot be used. */
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
