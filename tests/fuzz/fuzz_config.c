/* A configuration file of any bytes, read and tried: options or faults, and every fault has a place
 * and a sentence. */
#include <assert.h>

#include "os/options_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct option_flags flags = { .port = -1 };
    AUTO(arena) *a = arena_new();
    struct options options = { 0 };
    struct config_faults faults = { 0 };
    struct env env = { 0 };
    struct reading r = { .a = a,
                         .faults = { .a = a, .out = &faults },
                         .file = "agentos.yaml",
                         .folder = "/nonexistent/",
                         .env = &env,
                         .options = &options };

    (void)clearenv(); /* nothing of this process is under test */
    options_read(&r, (str){ (const char *)data, size }, &flags);
    if (r.faults.errors == 0)
        trial_run(&r);
    faults_sort(&faults);
    assert((r.faults.errors == 0) <= (options.host != NULL && options.database != NULL));
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.all[i].file != NULL && faults.all[i].sentence[0] != '\0');
    return 0;
}
