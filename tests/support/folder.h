/* A temporary folder per test, with the files a configuration needs. */
#ifndef OS_FOLDER_H
#define OS_FOLDER_H

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/options.h"
#include "unit.h"

struct folder {
    arena *a;
    char path[64];
    struct options options;
    struct config_faults faults;
    agentos_error err;
};

static inline void folder_write(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline int folder_remove_entry(const char *path, const struct stat *status, int type,
                                      struct FTW *at)
{
    (void)status, (void)type, (void)at; /* nftw's signature */
    return remove(path);
}

/* For cmocka_unit_test_setup_teardown: the working folder is new and empty, the environment too. */
static inline int folder_open(void **state)
{
    struct folder *folder = test_calloc(1, sizeof(*folder));

    assert_int_equal(clearenv(), 0);
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/agentos-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    assert_int_equal(chdir(folder->path), 0);
    folder->a = arena_new();
    *state = folder;
    return 0;
}

static inline int folder_close(void **state)
{
    struct folder *folder = *state;

    arena_free(folder->a);
    assert_int_equal(chdir("/"), 0);
    (void)nftw(folder->path, folder_remove_entry, 8,
               FTW_DEPTH | FTW_PHYS); /* /tmp is cleaned anyway */
    test_free(folder);
    return 0;
}

/* Nothing was given on the command line. */
static const struct option_flags no_flags = { .port = -1 };

static inline agentos_status folder_load(struct folder *folder, const struct option_flags *flags)
{
    return options_load(flags, folder->a, &folder->options, &folder->faults, &folder->err);
}

/* The faults as they are printed, from the arena. */
static inline const char *folder_faults(struct folder *folder);

#define TEST_IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)

#include "config/faults.h"

static inline const char *folder_faults(struct folder *folder)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    faults_print(&folder->faults, out);
    assert_int_equal(fclose(out), 0);
    const char *copy = arena_copy(folder->a, (str){ text, size });
    free(text);
    return copy;
}

#endif
