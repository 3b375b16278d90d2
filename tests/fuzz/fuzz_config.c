/* A configuration file of any bytes, read and tried: options or faults, and every fault has a place
 * and a sentence. */
#include <assert.h>

#include "os/options_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct option_flags flags = { .port = -1 };
    AUTO(arena) *a = arena_new();
    struct options options = { 0 };
    struct config_faults faults = { 0 };
    struct options_draft draft = { .options = &options };
    struct config_reading r = { .a = a,
                                .faults = { .a = a, .out = &faults },
                                .rows = &option_root,
                                .own = &draft,
                                .file = "agentos.yaml",
                                .folder = "/nonexistent/",
                                .text = { (const char *)data, size } };

    (void)clearenv(); /* nothing of this process is under test */
    options_read(&r, &flags);
    if (r.faults.errors == 0)
        trial_run(&r);
    faults_sort(&faults);
    assert((r.faults.errors == 0) <= (options.host != NULL && options.database != NULL));
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.all[i].file != NULL && faults.all[i].sentence[0] != '\0');
    return 0;
}
