/* db_id and table: what passes, and the contract's sentence for what does not. */
#include "api/database_choice.h"

#include "unit.h"

static void the_one_database_and_its_one_table_can_be_named(void **state)
{
    static const struct {
        const char *db_id, *table;
        agentos_status status;
        const char *sentence;
    } cases[] = {
        { NULL, NULL, AGENTOS_OK, NULL },
        { "main-db", NULL, AGENTOS_OK, NULL },
        { "main-db", "agno_sessions", AGENTOS_OK, NULL },
        { "nope", NULL, AGENTOS_NOT_FOUND, "No database found with id 'nope'" },
        { "nope", "agno_sessions", AGENTOS_NOT_FOUND, "No database found with id 'nope'" },
        { "main-db", "nope", AGENTOS_NOT_FOUND, "No database with id 'main-db' has table 'nope'" },
        { NULL, "agno_sessions", AGENTOS_INVALID,
          "The db_id query parameter is required when passing a table" },
    };
    const struct catalogue catalogue = { .db_id = "main-db" };

    (void)state;
    for (EACH(cases, c)) {
        agentos_error err = { 0 };

        assert_int_equal(database_choice(&catalogue, c->db_id, c->table, &err), c->status);
        assert_string_equal(err.message, c->sentence != NULL ? c->sentence : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_database_and_its_one_table_can_be_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
