/* Which files have changed is known once for each change, and no change is lost when the list of
 * files does. */
#include "config/watched.h"

#include "folder.h"

struct stage {
    struct folder *folder;
    struct watched watched;
    size_t told;
};

static struct stage stage;

static void on_changed(void *user)
{
    assert_ptr_equal(user, &stage);
    stage.told++;
    loop_stop(stage.watched.loop);
}

static int open_stage(void **state)
{
    void *folder = NULL;

    assert_int_equal(folder_open(&folder), 0);
    stage = (struct stage){ .folder = folder,
                            .watched = { .changed = on_changed, .user = &stage, .settle_ms = 1 } };
    assert_int_equal(loop_new(&stage.watched.loop, NULL), AGENTOS_OK);
    folder_write("a", "1");
    folder_write("b", "1");
    *state = folder;
    return 0;
}

static int close_stage(void **state)
{
    watched_clear(&stage.watched);
    loop_free(stage.watched.loop);
    return folder_close(state);
}

static void set_files(const char *first, const char *second)
{
    const char *paths[] = { first, second };

    watched_set(&stage.watched, paths, second != NULL ? 2 : 1);
}

/* Waits until `changed` has been called this often in all. */
static void wait_for(size_t times)
{
    while (stage.told < times)
        loop_run(stage.watched.loop);
}

static void assert_changed(const char *path)
{
    const char *changed[WATCHES_MAX];

    assert_int_equal(watched_take_changed(&stage.watched, changed), 1);
    assert_string_equal(changed[0], path);
}

static void assert_nothing_changed(void)
{
    const char *changed[WATCHES_MAX];

    assert_int_equal(watched_take_changed(&stage.watched, changed), 0);
}

static void a_change_is_told_once_with_its_path(void **state)
{
    (void)state; /* it is `stage` */
    set_files("a", "b");
    assert_nothing_changed();
    folder_write("b", "2");
    wait_for(1);
    assert_changed("b");
    assert_nothing_changed();
}

static void a_file_that_stays_on_the_list_keeps_its_change(void **state)
{
    (void)state; /* it is `stage` */
    set_files("a", "b");
    folder_write("b", "2");
    wait_for(1);
    set_files("b", NULL);
    assert_int_equal(stage.watched.count, 1);
    assert_changed("b");
}

static void a_file_that_left_the_list_is_not_watched(void **state)
{
    (void)state; /* it is `stage` */
    set_files("a", "b");
    set_files("b", NULL);
    folder_write("a", "2");
    folder_write("b", "2");
    wait_for(1);
    assert_changed("b");
}

static void a_path_that_stands_twice_is_one_file(void **state)
{
    (void)state; /* it is `stage` */
    set_files("a", "a");
    assert_int_equal(stage.watched.count, 1);
}

static void a_file_may_appear_later(void **state)
{
    (void)state; /* it is `stage` */
    set_files("later", NULL);
    folder_write("later", "1");
    wait_for(1);
    assert_changed("later");
}

static void what_cannot_be_watched_is_left_out(void **state)
{
    (void)state; /* it is `stage` */
    set_files("nowhere/at/all", "a");
    assert_int_equal(stage.watched.count, 1);
    folder_write("a", "2");
    wait_for(1);
    assert_changed("a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_told_once_with_its_path),
        TEST(a_file_that_stays_on_the_list_keeps_its_change),
        TEST(a_file_that_left_the_list_is_not_watched),
        TEST(a_path_that_stands_twice_is_one_file),
        TEST(a_file_may_appear_later),
        TEST(what_cannot_be_watched_is_left_out),
    };

    log_setup(LOG_ERROR, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
