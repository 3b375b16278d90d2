/* From a token to a principal: one text for all that is refused, a throttle that no good token
 * meets, and an explanation that leaves no trace. */
#include "auth/account/account_check.h"
#include "base/mem.h"

#include "accounts.h"

#define REFUSED   "Invalid or expired service account token"
#define THROTTLED "Too many failed authentication attempts"
#define ADMIN     "agent_os:admin"

/* Two accounts: one for an hour, and one forever that is an admin. */
struct company {
    arena *arena;
    struct db_conn *conn;
    struct accounts *accounts;
};

static int open_company(void **state)
{
    struct company *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    c->arena = arena_new();
    c->conn = conn_new();
    c->accounts = accounts_new();
    struct service_account bot = account_of(c->arena, "bot", FIRST_TOKEN, "ann"),
                           boss = account_of(c->arena, "boss", SECOND_TOKEN, NULL);
    boss.scopes = "[\"" ADMIN "\"]";
    boss.expires_at = 0;
    account_put(c->conn, &bot);
    account_put(c->conn, &boss);
    accounts_reread(c->accounts, c->conn);
    *state = c;
    return 0;
}

static int close_company(void **state)
{
    struct company *c = *state;

    arena_free(c->arena);
    accounts_free(c->accounts);
    sql_disconnect(c->conn);
    free(c);
    return 0;
}

static struct account_check asking(const struct company *c)
{
    return (struct account_check){ .accounts = c->accounts,
                                   .admin_scope = ADMIN,
                                   .client = "192.0.2.1",
                                   .now_s = ACCOUNTS_NOW,
                                   .arena = c->arena };
}

static const struct principal *passed(const struct account_check *check, const char *token)
{
    const struct principal *who = NULL;

    assert_int_equal(account_check(check, str_of(token), &who, NULL), AGENTOS_OK);
    return who;
}

static void refused(const struct account_check *check, const char *token, const char *sentence)
{
    const struct principal *who = NULL;
    agentos_error err = { 0 };
    agentos_status status = account_check(check, str_of(token), &who, &err);

    assert_string_equal(err.message, sentence);
    assert_int_equal(status,
                     strcmp(sentence, THROTTLED) == 0 ? AGENTOS_TOO_MANY : AGENTOS_UNAUTHENTICATED);
    assert_null(who);
}

static void a_token_is_its_account(void **state)
{
    const struct account_check check = asking(*state);
    const struct principal *bot = passed(&check, FIRST_TOKEN), *boss = passed(&check, SECOND_TOKEN);

    assert_string_equal(bot->user_id, "sa:bot");
    assert_false(bot->is_admin);
    assert_true(boss->is_admin);
}

/* The admin scope is the configuration's, and an account keeps the texts it was given. */
static void the_admin_scope_has_its_power_from_the_configuration(void **state)
{
    struct account_check check = asking(*state);

    check.admin_scope = "root";
    assert_false(passed(&check, SECOND_TOKEN)->is_admin);
    check.admin_scope = "agents:run";
    assert_true(passed(&check, FIRST_TOKEN)->is_admin);
}

static void unknown_and_expired_tokens_are_told_the_same(void **state)
{
    struct account_check check = asking(*state);

    refused(&check, THIRD_TOKEN, REFUSED);
    refused(&check, "agno_pat_x", REFUSED);
    refused(&check, "agno_pat_", REFUSED);
    check.now_s = ACCOUNTS_NOW + 3599;
    assert_non_null(passed(&check, FIRST_TOKEN));
    check.now_s = ACCOUNTS_NOW + 3600; /* to the second: it is our own clock */
    refused(&check, FIRST_TOKEN, REFUSED);
    check.now_s = INT64_MAX;
    assert_non_null(passed(&check, SECOND_TOKEN));
}

static void without_accounts_there_are_none(void **state)
{
    struct account_check check = asking(*state);

    check.accounts = NULL;
    refused(&check, FIRST_TOKEN, "Service accounts are not enabled on this AgentOS instance");
    assert_null(account_check_open(&check, STR(FIRST_TOKEN)));
}

static void who_fails_too_often_is_told_so_and_a_good_token_never_is(void **state)
{
    struct account_check check = asking(*state);

    for (int i = 0; i < 20; i++)
        refused(&check, THIRD_TOKEN, REFUSED);
    for (int i = 0; i < 1000; i++) {
        refused(&check, THIRD_TOKEN, THROTTLED);
        assert_non_null(passed(&check, FIRST_TOKEN));
    }
    check.client = "192.0.2.2";
    refused(&check, THIRD_TOKEN, REFUSED);
    check.client = "192.0.2.1";
    check.now_s += 60;
    refused(&check, THIRD_TOKEN, REFUSED);
}

static void a_use_is_noted_and_a_refusal_is_none(void **state)
{
    struct company *c = *state;
    struct account_check check = asking(c);
    struct account *account = accounts_find(c->accounts, STR(FIRST_TOKEN), c->arena);

    check.now_s = ACCOUNTS_NOW + 3600;
    refused(&check, FIRST_TOKEN, REFUSED);
    assert_int_equal(atomic_load(&account->used_at), 0);
    check.now_s = ACCOUNTS_NOW;
    assert_non_null(passed(&check, FIRST_TOKEN));
    assert_int_equal(atomic_load(&account->used_at), ACCOUNTS_NOW);
    check.now_s = ACCOUNTS_NOW - 5; /* a clock set back */
    assert_non_null(passed(&check, FIRST_TOKEN));
    assert_int_equal(atomic_load(&account->used_at), ACCOUNTS_NOW);
}

static void an_open_server_ignores_what_is_no_token(void **state)
{
    struct account_check check = asking(*state);

    assert_string_equal(account_check_open(&check, STR(FIRST_TOKEN))->user_id, "sa:bot");
    for (int i = 0; i < 100; i++)
        assert_null(account_check_open(&check, STR(THIRD_TOKEN)));
    refused(&check, THIRD_TOKEN, REFUSED); /* none of these was counted */
}

/* ---- explaining ---- */

static const char *detail_of(const struct explanation *why, const char *name, bool passed)
{
    for (size_t i = 0; i < why->count; i++)
        if (strcmp(why->steps[i].name, name) == 0 && why->steps[i].passed == passed)
            return why->steps[i].detail;
    return "";
}

static void an_explanation_tells_what_the_client_is_not_told(void **state)
{
    // clang-format off
    static const struct {
        const char *token;
        int64_t now_s;
        agentos_status status;
        const char *step;
        bool passed;
        const char *detail;
    } cases[] = {
        { FIRST_TOKEN, ACCOUNTS_NOW, AGENTOS_OK, "service account", true, "the token of 'sa:bot'" },
        { FIRST_TOKEN, ACCOUNTS_NOW, AGENTOS_OK, "exp", true, "expires at 2026-11-21T20:16:06Z" },
        { FIRST_TOKEN, ACCOUNTS_NOW, AGENTOS_OK, "held", true, "'agents:run' from the service account" },
        { FIRST_TOKEN, ACCOUNTS_NOW + 3600, AGENTOS_UNAUTHENTICATED, "exp", false, "expired at 2026-11-21T20:16:06Z" },
        { SECOND_TOKEN, ACCOUNTS_NOW, AGENTOS_OK, "exp", true, "never expires" },
        { THIRD_TOKEN, ACCOUNTS_NOW, AGENTOS_UNAUTHENTICATED, "service account", false, "no active account has this token; it was revoked or never issued" },
        { "agno_pat_!", ACCOUNTS_NOW, AGENTOS_UNAUTHENTICATED, "service account", false, "malformed service account token" },
    };
    // clang-format on
    struct company *c = *state;
    struct account_check check = asking(c);
    const struct principal *who;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct explanation why = { .arena = c->arena };

        check.why = &why;
        check.now_s = cases[i].now_s;
        assert_int_equal(account_check(&check, str_of(cases[i].token), &who, NULL),
                         cases[i].status);
        assert_string_equal(detail_of(&why, cases[i].step, cases[i].passed), cases[i].detail);
        for (size_t step = 0; step < why.count; step++)
            assert_null(strstr(why.steps[step].detail, "agno_pat_"));
    }
}

static void an_explanation_leaves_no_trace(void **state)
{
    struct company *c = *state;
    struct account_check check = asking(c);
    const struct account *account = accounts_find(c->accounts, STR(FIRST_TOKEN), c->arena);

    for (int i = 0; i < 100; i++) {
        struct explanation why = { .arena = c->arena };

        check.why = &why;
        assert_non_null(passed(&check, FIRST_TOKEN));
        refused(&check, THIRD_TOKEN, REFUSED);
    }
    assert_int_equal(atomic_load(&account->used_at), 0);
    check.why = NULL;
    refused(&check, THIRD_TOKEN, REFUSED);
}

#define IN_COMPANY(test) cmocka_unit_test_setup_teardown(test, open_company, close_company)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_COMPANY(a_token_is_its_account),
        IN_COMPANY(the_admin_scope_has_its_power_from_the_configuration),
        IN_COMPANY(unknown_and_expired_tokens_are_told_the_same),
        IN_COMPANY(without_accounts_there_are_none),
        IN_COMPANY(who_fails_too_often_is_told_so_and_a_good_token_never_is),
        IN_COMPANY(a_use_is_noted_and_a_refusal_is_none),
        IN_COMPANY(an_open_server_ignores_what_is_no_token),
        IN_COMPANY(an_explanation_tells_what_the_client_is_not_told),
        IN_COMPANY(an_explanation_leaves_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
