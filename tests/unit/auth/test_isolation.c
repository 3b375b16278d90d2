/* Who is pinned, who is not, who is refused: every principal against an oracle that was written
 * from the documents (docs/design/contract.md §5, docs/design/security.md 6), not from the table.
 */
#include "auth/scope/isolation.h"

#include "unit.h"

static const bool switches[] = { false, true };
static const char *const users[] = { NULL, "", "ann" };
static const char *const issuers[] = { "", "https://idp.example/" };

/* In the documents' order: the first sentence that applies decides. */
static enum isolation oracle(const struct principal *p, bool is_on)
{
    bool is_somebody = p->user_id != NULL && p->user_id[0] != '\0';
    bool is_of_an_issuer = p->kind == PRINCIPAL_TOKEN && p->issuer[0] != '\0';

    if (p->kind == PRINCIPAL_NONE)
        return ISOLATION_REFUSED; /* zero is nobody */
    if (p->is_admin)
        return ISOLATION_LIFTED; /* 1: the admin scope lifts it, for service accounts too */
    if (p->kind == PRINCIPAL_SERVICE_ACCOUNT) /* 2: always, the flag is irrelevant */
        return is_somebody ? ISOLATION_PINNED : ISOLATION_REFUSED;
    if (p->kind == PRINCIPAL_OPEN || p->kind == PRINCIPAL_KEY)
        return ISOLATION_LIFTED; /* nobody can be told apart */
    if (p->kind == PRINCIPAL_ANONYMOUS)
        return is_on ? ISOLATION_REFUSED : ISOLATION_LIFTED;
    if (!is_somebody && (is_on || is_of_an_issuer))
        return ISOLATION_REFUSED;                       /* docs/design/security.md 6 */
    return is_on ? ISOLATION_PINNED : ISOLATION_LIFTED; /* 3 and 5 */
}

/* docs/design/security.md 6. */
static void every_principal_is_decided_as_documented(void **state)
{
    (void)state;
    for (int kind = PRINCIPAL_NONE; kind < PRINCIPAL_KINDS; kind++)
        for (size_t n = 0; n < COUNT(switches) * COUNT(switches) * COUNT(users) * COUNT(issuers);
             n++) {
            bool is_on = switches[n % 2];
            const struct principal principal = { .kind = (enum principal_kind)kind,
                                                 .is_admin = switches[n / 2 % 2],
                                                 .user_id = users[n / 4 % 3],
                                                 .issuer = issuers[n / 12] };
            assert_int_equal(isolation_of(&principal, is_on), oracle(&principal, is_on));
        }
}

static void scopes_other_than_admin_do_not_matter(void **state)
{
    const str scopes[] = { STR_INIT("sessions:read"), STR_INIT("sessions:*:delete") };
    AUTO(arena) *a = arena_new();
    struct principal principal = {
        .kind = PRINCIPAL_TOKEN, .issuer = "", .user_id = "ann", .unscoped = true
    };

    (void)state;
    principal_set_scopes(&principal, a, scopes, 2);
    assert_int_equal(isolation_of(&principal, true), ISOLATION_PINNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_principal_is_decided_as_documented),
        cmocka_unit_test(scopes_other_than_admin_do_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
