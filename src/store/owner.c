/* Restricts queries to the rows that a user may access. */
#include "store/owner.h"

#include "base/ensure.h"

enum row_reach { NOTHING, OWN, OWN_AND_UNOWNED, UNOWNED, EVERYTHING };

/* In each text, @ is the table's alias. The texts differ because SQLite chooses indexes by the
 * text. */
static const str conditions[SQL_REACH_COUNT] = {
    [NOTHING] = STR_INIT("FALSE"),
    [OWN] = STR_INIT("(@.user_id = :owner_user AND @.issuer = :owner_issuer)"),
    [OWN_AND_UNOWNED] = STR_INIT("((@.user_id = :owner_user AND @.issuer = :owner_issuer)"
                                 " OR @.user_id IS NULL)"),
    [UNOWNED] = STR_INIT("(@.user_id IS NULL)"),
    [EVERYTHING] = STR_INIT("TRUE"),
};

static bool has_identity(const struct owner *owner)
{
    return owner->user_id != NULL && owner->user_id[0] != '\0';
}

/* Returns which rows the owner may access. A zeroed owner reads none. */
static enum row_reach reach_of(const struct owner *owner, enum owner_purpose purpose)
{
    if (owner->everyone)
        return EVERYTHING;
    if (!has_identity(owner))
        return purpose == OWNER_RUNS ? UNOWNED : NOTHING;
    return owner->unowned_too || purpose == OWNER_RUNS ? OWN_AND_UNOWNED : OWN;
}

/* Compares two strings; NULL equals "". */
static bool is_same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Returns whether the owner is this user of this issuer. */
bool owner_is(const struct owner *owner, const char *issuer, const char *user_id)
{
    return is_same_text(owner->user_id, user_id) && is_same_text(owner->issuer, issuer);
}

/* Returns whether the owner may read a row of this user, NULL for nobody. */
bool owner_reaches(const struct owner *owner, const char *issuer, const char *user_id)
{
    enum row_reach reach = reach_of(owner, OWNER_READS);

    if (reach == NOTHING || reach == EVERYTHING)
        return reach == EVERYTHING;
    if (user_id == NULL)
        return reach == OWN_AND_UNOWNED;
    ensure(has_identity(owner));
    return owner_is(owner, issuer, user_id);
}

/* Prepares a statement with the owner condition for $owned(ALIAS). Borrows the owner's strings. */
agentos_status owner_prepare(struct db_conn *conn, const struct owner *owner,
                             enum owner_purpose purpose, str text, sql **out, agentos_error *err)
{
    enum row_reach reach = reach_of(owner, purpose);
    const struct sql_condition condition = { .reach = reach, .text = conditions[reach] };

    ensure(owner->user_id == NULL || reach != NOTHING || owner->user_id[0] == '\0');
    TRY(sql_prepare_owned(conn, text, &condition, out, err));
    if (reach == OWN || reach == OWN_AND_UNOWNED) {
        sql_bind_text(*out, ":owner_user", owner->user_id);
        sql_bind_text(*out, ":owner_issuer", owner->issuer != NULL ? owner->issuer : "");
    }
    return AGENTOS_OK;
}
