/* The audit's key is the configuration's, or one that is made once and readable by its owner only.
 */
#include "os/audit_key.h"

#include "config/file.h"
#include "folder.h"

static agentos_status open_audit(struct folder *folder, const char *key, const char *database)
{
    const struct options options = { .audit_key = key, .database = database };
    struct audit *audit = NULL;
    agentos_status status = audit_open(&options, &audit, &folder->err);

    assert_int_equal(audit != NULL, status == AGENTOS_OK);
    audit_free(audit);
    return status;
}

static const char *content(struct folder *folder, const char *path)
{
    AUTO_BUF text = buf_with_limit(4096);

    assert_int_equal(file_read(path, &text, NULL), AGENTOS_OK);
    return arena_copy(folder->a, buf_view(&text));
}

static void the_configurations_key_makes_no_file(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(open_audit(folder, "0123456789abcdef0123456789abcdef", "sqlite:a.db"),
                     AGENTOS_OK);
    assert_int_not_equal(access("a.db.audit-key", F_OK), 0);
    assert_int_equal(open_audit(folder, "too short", "sqlite:a.db"), AGENTOS_INVALID);
}

static void without_one_a_key_is_made_once_for_its_owner_alone(void **state)
{
    struct folder *folder = *state;
    struct stat status;

    assert_int_equal(open_audit(folder, NULL, "sqlite:a.db"), AGENTOS_OK);
    assert_int_equal(stat("a.db.audit-key", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    const char *made = content(folder, "a.db.audit-key");
    assert_int_equal(strlen(made), 64);
    assert_int_equal(open_audit(folder, NULL, "sqlite:a.db"), AGENTOS_OK);
    assert_string_equal(content(folder, "a.db.audit-key"), made);
    assert_int_equal(open_audit(folder, NULL, "sqlite:b.db"), AGENTOS_OK);
    assert_string_not_equal(content(folder, "b.db.audit-key"), made);
}

static void a_key_file_that_is_too_short_is_refused_and_kept(void **state)
{
    struct folder *folder = *state;

    folder_write("a.db.audit-key", "short");
    assert_int_equal(open_audit(folder, NULL, "sqlite:a.db"), AGENTOS_INVALID);
    assert_string_equal(content(folder, "a.db.audit-key"), "short");
}

static void a_key_that_cannot_be_kept_is_an_error(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(open_audit(folder, NULL, "sqlite:nowhere/a.db"), AGENTOS_UNAVAILABLE);
    assert_non_null(strstr(folder->err.message, "nowhere/a.db.audit-key"));
    assert_non_null(strstr(folder->err.message, "set audit.key"));
}

static void a_database_in_memory_makes_no_file(void **state)
{
    assert_int_equal(open_audit(*state, NULL, "memory"), AGENTOS_OK);
    assert_int_not_equal(access("memory.audit-key", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(the_configurations_key_makes_no_file),
        TEST_IN_FOLDER(without_one_a_key_is_made_once_for_its_owner_alone),
        TEST_IN_FOLDER(a_key_file_that_is_too_short_is_refused_and_kept),
        TEST_IN_FOLDER(a_key_that_cannot_be_kept_is_an_error),
        TEST_IN_FOLDER(a_database_in_memory_makes_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
