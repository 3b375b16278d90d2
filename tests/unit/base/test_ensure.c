/* An invariant that is broken ends the process and says which; one that holds costs nothing more.
 */
#include "base/ensure.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* What a child that runs this prints to standard error; *status is how it ended. */
static void run_in_child(int number, char *said, size_t size, int *status)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        dup2(ends[1], STDERR_FILENO);
        ensure(number > 0);
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], said, size - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, status, 0), child);
}

static void what_holds_goes_on(void **state)
{
    char said[256];
    int status;

    (void)state;
    run_in_child(1, said, sizeof(said), &status);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_string_equal(said, "");
}

static void what_is_broken_is_named_and_aborts(void **state)
{
    char said[256];
    int status;

    (void)state;
    run_in_child(0, said, sizeof(said), &status);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "test_ensure.c:"));
    assert_non_null(strstr(said, "number > 0 does not hold"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_goes_on),
        cmocka_unit_test(what_is_broken_is_named_and_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
