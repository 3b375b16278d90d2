/* Reading small files: what would block or never end is refused at once. */
#include "config/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "unit.h"

static char folder[] = "/tmp/agentos-test-file-XXXXXX";
static char path[sizeof(folder) + 32];

static agentos_status read_it(const char *file, const char **sentence)
{
    static agentos_error err;
    AUTO_BUF text = buf_with_limit(KiB);

    err = (agentos_error){ 0 };
    agentos_status status = file_read(file, &text, &err);
    *sentence = err.message;
    return status;
}

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void a_file_and_a_link_to_it_are_read(void **state)
{
    AUTO_BUF text = buf_with_limit(KiB);
    char file[sizeof(path)];

    (void)state;
    (void)snprintf(file, sizeof(file), "%s", in_folder("file"));
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    (void)fputs("secret", out);
    (void)fclose(out);
    assert_int_equal(symlink(file, in_folder("link")), 0);
    assert_int_equal(file_read(path, &text, NULL), AGENTOS_OK);
    assert_text(buf_view(&text), STR("secret"));
}

static void what_is_not_a_regular_file_is_refused(void **state)
{
    static const char *const devices[] = { "/dev/zero", "/dev/null", "/dev/random", "/dev/full" };
    const char *sentence;

    (void)state;
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_int_equal(read_it(path, &sentence), AGENTOS_INVALID); /* nobody writes to it */
    assert_string_equal(sentence, "not a regular file");
    char fifo[sizeof(path)];
    memcpy(fifo, path, sizeof(path));
    assert_int_equal(symlink(fifo, in_folder("link to the fifo")), 0);
    assert_int_equal(read_it(path, &sentence), AGENTOS_INVALID);
    assert_string_equal(sentence, "not a regular file");
    int writer = open(fifo, O_RDWR | O_CLOEXEC); /* now somebody does, and says nothing */
    assert_true(writer >= 0);
    assert_int_equal(read_it(fifo, &sentence), AGENTOS_INVALID);
    (void)close(writer);
    for (EACH(devices, device)) {
        assert_int_equal(read_it(*device, &sentence), AGENTOS_INVALID);
        assert_string_equal(sentence, "not a regular file");
    }
}

static void a_folder_and_a_missing_file_are_called_so(void **state)
{
    const char *sentence;

    (void)state;
    assert_int_equal(read_it(folder, &sentence), AGENTOS_INVALID);
    assert_string_equal(sentence, "Is a directory");
    assert_int_equal(read_it(in_folder("none"), &sentence), AGENTOS_NOT_FOUND);
    assert_string_equal(sentence, "No such file or directory");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = { "file", "link", "fifo", "link to the fifo" };

    (void)state;
    for (EACH(names, name))
        (void)unlink(in_folder(*name));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_and_a_link_to_it_are_read),
        cmocka_unit_test(what_is_not_a_regular_file_is_refused),
        cmocka_unit_test(a_folder_and_a_missing_file_are_called_so),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
