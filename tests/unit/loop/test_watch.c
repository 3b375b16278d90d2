/* A key that was withdrawn is trusted until its file is read again (CWE-613), so whatever changes
 * what stands at a path is told: at once in its own folder, at the next look where the path leads
 * elsewhere. */
#include "loop/watch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/timer.h"
#include "unit.h"

enum { SETTLE_MS = 1, LOOK_MS = 20, LATE_MS = 60 * 1000 };

struct scene {
    struct loop *loop;
    char folder[32]; /* v1/keys, v2/keys, current -> v1 */
    struct watch *watch;
    size_t told;
};

static void told(void *user)
{
    struct scene *scene = user;

    scene->told++;
    loop_stop(scene->loop);
}

static const char *at(const struct scene *scene, const char *name)
{
    static char paths[2][64];
    static size_t next;
    char *path = paths[next++ % 2];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", scene->folder, name);
    return path;
}

static void put(const struct scene *scene, const char *name, const char *text)
{
    int file = open(at(scene, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
}

static int set_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    (void)snprintf(scene->folder, sizeof(scene->folder), "/tmp/watch-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    assert_int_equal(mkdir(at(scene, "v1"), 0700) | mkdir(at(scene, "v2"), 0700), 0);
    put(scene, "v1/keys", "one");
    put(scene, "v2/keys", "two");
    assert_int_equal(symlink("v1", at(scene, "current")), 0);
    assert_int_equal(loop_new(&scene->loop, NULL), AGENTOS_OK);
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    static const char *const files[] = { "v1/keys", "v2/keys", "current", "next" },
                             *const folders[] = { "v1", "v2", "old" };
    struct scene *scene = *state;

    watch_free(scene->watch);
    loop_free(scene->loop);
    for (EACH(files, file))
        (void)unlink(at(scene, *file)); /* those that are there */
    for (EACH(folders, folder))
        (void)rmdir(at(scene, *folder));
    assert_int_equal(rmdir(scene->folder), 0);
    free(scene);
    return 0;
}

static void watch(struct scene *scene, const char *name, uint64_t look_ms)
{
    const struct watch_options options = { .path = at(scene, name),
                                           .settle_ms = SETTLE_MS,
                                           .look_ms = look_ms,
                                           .changed = told,
                                           .user = scene };

    assert_int_equal(watch_new(scene->loop, &options, &scene->watch, NULL), AGENTOS_OK);
}

static void what_is_written_in_its_folder_is_told_at_once(void **state)
{
    struct scene *scene = *state;

    watch(scene, "v1/keys", LATE_MS);
    put(scene, "v1/keys", "another");
    loop_run(scene->loop);
    assert_int_equal(scene->told, 1);
}

static void a_link_on_the_path_that_is_swapped_is_told(void **state)
{
    struct scene *scene = *state;

    watch(scene, "current/keys", LOOK_MS);
    assert_int_equal(symlink("v2", at(scene, "next")), 0);
    assert_int_equal(rename(at(scene, "next"), at(scene, "current")), 0);
    loop_run(scene->loop);
    assert_int_equal(scene->told, 1);
}

static void a_folder_that_is_replaced_is_told(void **state)
{
    struct scene *scene = *state;

    watch(scene, "v1/keys", LOOK_MS);
    assert_int_equal(unlink(at(scene, "current")) | unlink(at(scene, "v1/keys")), 0);
    loop_run(scene->loop); /* it is gone */
    assert_int_equal(rename(at(scene, "v1"), at(scene, "old")), 0);
    assert_int_equal(rename(at(scene, "v2"), at(scene, "v1")), 0);
    loop_run(scene->loop);
    assert_int_equal(scene->told, 2);
}

static void a_link_is_told_of_what_it_leads_to(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(symlink("v1/keys", at(scene, "next")), 0);
    watch(scene, "next", LOOK_MS);
    put(scene, "v1/keys", "another");
    loop_run(scene->loop);
    assert_int_equal(scene->told, 1);
}

struct pause {
    struct timer timer;
    struct loop *loop;
};

static void be_done(struct timer *timer)
{
    loop_stop(LIST_OWNER(timer, struct pause, timer)->loop);
}

static void what_stays_as_it_is_is_not_told(void **state)
{
    struct scene *scene = *state;
    struct pause pause = { .timer.fire = be_done, .loop = scene->loop };

    watch(scene, "current/keys", LOOK_MS);
    timer_start(scene->loop, &pause.timer, (uint64_t)5 * LOOK_MS);
    loop_run(scene->loop);
    assert_int_equal(scene->told, 0);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(what_is_written_in_its_folder_is_told_at_once),
        IN_SCENE(a_link_on_the_path_that_is_swapped_is_told),
        IN_SCENE(a_folder_that_is_replaced_is_told),
        IN_SCENE(a_link_is_told_of_what_it_leads_to),
        IN_SCENE(what_stays_as_it_is_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
