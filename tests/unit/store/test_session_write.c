/* Making, changing and deleting sessions: what is written, and each kind of owner against each kind
 * of row. */
#include "base/mem.h"
#include "store/session_write.h"

#include "store.h"

enum { ANN, BOB, OTHER_ANN, NOBODY, SESSIONS };
static const struct {
    const char *session_id, *issuer, *user_id;
} rows[SESSIONS] = {
    [ANN] = { "s-ann", "", "ann" },
    [BOB] = { "s-bob", "", "bob" },
    [OTHER_ANN] = { "s-other", "https://idp.example/", "ann" },
    [NOBODY] = { "s-nobody", "", NULL },
};

static const struct owner owners[] = {
    { 0 },
    { .issuer = "", .user_id = "ann" },
    { .issuer = "", .user_id = "bob" },
    { .issuer = "https://idp.example/", .user_id = "ann" },
    { .issuer = "https://idp.example", .user_id = "ann" },
    { .unowned_too = true, .issuer = "", .user_id = "ann" },
    { .unowned_too = true },
    { .unowned_too = true, .issuer = "", .user_id = "" },
    { .issuer = "%", .user_id = "%" },
    { .everyone = true },
    { .everyone = true, .issuer = "", .user_id = "root" },
};
enum { OWNERS = COUNT(owners) };

/* In words, not in SQL. */
static bool reaches(const struct owner *owner, int row)
{
    if (owner->everyone)
        return true;
    if (owner->user_id == NULL || owner->user_id[0] == '\0')
        return false;
    if (rows[row].user_id == NULL)
        return owner->unowned_too;
    return strcmp(owner->user_id, rows[row].user_id) == 0 &&
           strcmp(owner->issuer, rows[row].issuer) == 0;
}

static struct session session_of(int row)
{
    return (struct session){ .session_id = rows[row].session_id,
                             .type = COMPONENT_AGENT,
                             .component_id = "alpha",
                             .issuer = rows[row].issuer,
                             .user_id = rows[row].user_id,
                             .session_name = "old",
                             .created_at = 100,
                             .updated_at = 100 };
}

static struct db_conn *filled(void)
{
    struct db_conn *conn = conn_new();

    for (int i = 0; i < SESSIONS; i++) {
        struct session session = session_of(i);
        assert_int_equal(session_create(conn, &everyone, &session, NULL), AGENTOS_OK);
    }
    return conn;
}

static const char *name_of(struct db_conn *conn, const char *session_id, arena *a)
{
    struct session session;

    if (session_get(conn, &everyone, session_id, a, &session, NULL) != AGENTOS_OK)
        return NULL;
    return session.session_name;
}

static void a_session_is_made_as_it_is_given(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const struct owner ann = owner_of("", "ann");
    struct session out;

    (void)state;
    assert_int_equal(session_create(conn, &ann,
                                    &(struct session){ .session_id = "s1",
                                                       .type = COMPONENT_TEAM,
                                                       .component_id = "crew",
                                                       .issuer = "",
                                                       .user_id = "ann",
                                                       .session_name = "T",
                                                       .session_state = "{\"k\":1}",
                                                       .metadata = "{\"m\":2}",
                                                       .created_at = 7,
                                                       .updated_at = 8 },
                                    NULL),
                     AGENTOS_OK);
    assert_int_equal(session_get(conn, &ann, "s1", a, &out, NULL), AGENTOS_OK);
    assert_int_equal(out.type, COMPONENT_TEAM);
    assert_string_equal(out.component_id, "crew");
    assert_string_equal(out.user_id, "ann");
    assert_string_equal(out.session_name, "T");
    assert_string_equal(out.session_state, "{\"k\":1}");
    assert_string_equal(out.metadata, "{\"m\":2}");
    assert_string_equal(out.metrics, "{}");
    assert_null(out.summary);
    assert_int_equal(out.created_at, 7);
    assert_int_equal(out.updated_at, 8);
    sql_disconnect(conn);
}

static void an_empty_session_takes_its_component_from_the_first_run(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const struct owner ann = owner_of("", "ann");
    struct session out;

    (void)state;
    assert_int_equal(
        session_create(
            conn, &ann,
            &(struct session){ .session_id = "s1", .type = COMPONENT_AGENT, .user_id = "ann" },
            NULL),
        AGENTOS_OK);
    assert_int_equal(session_get(conn, &ann, "s1", a, &out, NULL), AGENTOS_OK);
    assert_null(out.component_id);
    assert_null(out.metrics);
    struct run_row row = row_of("r1", "s1", "ann");
    row.component_data = "{\"name\":\"Alpha\"}";
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    assert_int_equal(session_get(conn, &ann, "s1", a, &out, NULL), AGENTOS_OK);
    assert_string_equal(out.component_id, "alpha");
    assert_string_equal(out.component_data, "{\"name\":\"Alpha\"}");
    sql_disconnect(conn);
}

static void a_taken_id_is_a_conflict_whoever_has_it(void **state)
{
    struct db_conn *conn = filled();
    const struct owner ann = owner_of("", "ann");

    (void)state;
    for (int i = 0; i < SESSIONS; i++) {
        struct session again = session_of(ANN);
        agentos_error err;
        AUTO(arena) *a = arena_new();
        again.session_id = rows[i].session_id;
        again.session_name = "new";
        assert_int_equal(session_create(conn, &ann, &again, &err), AGENTOS_CONFLICT);
        assert_string_equal(err.message, "The session exists already");
        assert_string_equal(name_of(conn, rows[i].session_id, a), "old");
    }
    sql_disconnect(conn);
}

static void nobody_makes_a_session_in_anothers_name(void **state)
{
    (void)state;
    for (int o = 0; o < OWNERS; o++)
        for (int i = 0; i < SESSIONS; i++) {
            struct db_conn *conn = conn_new();
            AUTO(arena) *a = arena_new();
            struct session session = session_of(i);
            bool may = reaches(&owners[o], i);
            assert_int_equal(session_create(conn, &owners[o], &session, NULL),
                             may ? AGENTOS_OK : AGENTOS_INTERNAL);
            assert_int_equal(name_of(conn, rows[i].session_id, a) != NULL, may);
            sql_disconnect(conn);
        }
}

static void a_session_is_changed_within_reach_alone(void **state)
{
    const struct session_change change = { .session_name = "new", .updated_at = 200 };

    (void)state;
    for (int o = 0; o < OWNERS; o++)
        for (int i = 0; i < SESSIONS; i++) {
            struct db_conn *conn = filled();
            AUTO(arena) *a = arena_new();
            const struct session_claim claim = { .session_id = rows[i].session_id };
            agentos_error err;
            agentos_status status = session_update(conn, &owners[o], &claim, &change, &err);
            assert_int_equal(status, reaches(&owners[o], i) ? AGENTOS_OK : AGENTOS_NOT_FOUND);
            if (status != AGENTOS_OK)
                assert_string_equal(err.message, "Session not found");
            for (int other = 0; other < SESSIONS; other++)
                assert_string_equal(name_of(conn, rows[other].session_id, a),
                                    other == i && status == AGENTOS_OK ? "new" : "old");
            sql_disconnect(conn);
        }
}

static void a_session_is_deleted_within_reach_alone(void **state)
{
    (void)state;
    for (int o = 0; o < OWNERS; o++)
        for (int i = 0; i < SESSIONS; i++) {
            struct db_conn *conn = filled();
            AUTO(arena) *a = arena_new();
            const struct session_claim claim = { .session_id = rows[i].session_id };
            assert_int_equal(session_delete(conn, &owners[o], &claim, NULL), AGENTOS_OK);
            for (int other = 0; other < SESSIONS; other++)
                assert_int_equal(name_of(conn, rows[other].session_id, a) == NULL,
                                 other == i && reaches(&owners[o], i));
            sql_disconnect(conn);
        }
}

static void only_what_is_given_is_replaced(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    const struct session_claim claim = { .session_id = "s-ann" };
    struct session out;

    (void)state;
    assert_int_equal(session_update(conn, &everyone, &claim,
                                    &(struct session_change){ .session_state = "{\"a\":1}",
                                                              .metadata = "{}",
                                                              .summary = "{\"summary\":\"s\"}",
                                                              .updated_at = 200 },
                                    NULL),
                     AGENTOS_OK);
    assert_int_equal(
        session_update(conn, &everyone, &claim,
                       &(struct session_change){ .session_state = "{\"b\":2}", .updated_at = 150 },
                       NULL),
        AGENTOS_OK);
    assert_int_equal(session_get(conn, &everyone, "s-ann", a, &out, NULL), AGENTOS_OK);
    assert_string_equal(out.session_name, "old");
    assert_string_equal(out.session_state, "{\"b\":2}");
    assert_string_equal(out.metadata, "{}");
    assert_string_equal(out.summary, "{\"summary\":\"s\"}");
    assert_int_equal(out.updated_at, 200); /* time does not go back */
    assert_int_equal(out.created_at, 100);
    sql_disconnect(conn);
}

static void a_claim_narrows_by_type_and_user(void **state)
{
    // clang-format off
    static const struct {
        struct session_claim claim;
        bool fits;
    } cases[] = {
        { { "s-ann", COMPONENT_NONE,  NULL },  true },
        { { "s-ann", COMPONENT_AGENT, "ann" }, true },
        { { "s-ann", COMPONENT_TEAM,  NULL },  false },
        { { "s-ann", COMPONENT_NONE,  "bob" }, false },
        { { "s-nobody", COMPONENT_NONE, "ann" }, false },
        { { "none",  COMPONENT_NONE,  NULL },  false },
    };
    // clang-format on
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct db_conn *conn = filled();
        AUTO(arena) *a = arena_new();
        const struct session_change change = { .session_name = "new" };
        const char *id = cases[i].claim.session_id;
        assert_int_equal(session_update(conn, &everyone, &cases[i].claim, &change, NULL),
                         cases[i].fits ? AGENTOS_OK : AGENTOS_NOT_FOUND);
        assert_int_equal(session_delete(conn, &everyone, &cases[i].claim, NULL), AGENTOS_OK);
        assert_int_equal(name_of(conn, id, a) == NULL, cases[i].fits || strcmp(id, "none") == 0);
        sql_disconnect(conn);
    }
}

static void the_runs_go_with_their_session(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s-ann", "ann"), other = row_of("r2", "s-bob", "bob"), out;
    const struct session_claim claim = { .session_id = "s-ann" };

    (void)state;
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    assert_int_equal(save(conn, &other), AGENTOS_OK);
    assert_int_equal(session_delete(conn, &everyone, &claim, NULL), AGENTOS_OK);
    assert_int_equal(run_row_find(conn, &everyone, "r1", a, &out, NULL), AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_find(conn, &everyone, "r2", a, &out, NULL), AGENTOS_OK);
    (void)sweep(conn);
    assert_int_equal(save(conn, &row), AGENTOS_OK); /* its id is free again */
    sql_disconnect(conn);
}

static void what_is_in_memory_is_reached_as_rows_are(void **state)
{
    (void)state;
    for (int o = 0; o < OWNERS; o++)
        for (int i = 0; i < SESSIONS; i++)
            assert_int_equal(owner_reaches(&owners[o], rows[i].issuer, rows[i].user_id),
                             reaches(&owners[o], i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_made_as_it_is_given),
        cmocka_unit_test(an_empty_session_takes_its_component_from_the_first_run),
        cmocka_unit_test(a_taken_id_is_a_conflict_whoever_has_it),
        cmocka_unit_test(nobody_makes_a_session_in_anothers_name),
        cmocka_unit_test(a_session_is_changed_within_reach_alone),
        cmocka_unit_test(a_session_is_deleted_within_reach_alone),
        cmocka_unit_test(only_what_is_given_is_replaced),
        cmocka_unit_test(a_claim_narrows_by_type_and_user),
        cmocka_unit_test(the_runs_go_with_their_session),
        cmocka_unit_test(what_is_in_memory_is_reached_as_rows_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
