/* The owner condition: here and nowhere else. A connection refuses to compile a statement on a
 * table with owners unless it comes through owner_prepare, and that refuses a text without the
 * condition. */
#include "store/owner.h"

#include <assert.h>

#include "base/buf.h"
#include "base/limits.h"

enum reach { NOTHING, OWN, OWN_AND_UNOWNED, UNOWNED, EVERYTHING };

/* @ stands for the table. Separate texts, not one with switches: SQLite picks its index by them. */
static const str conditions[] = {
    [NOTHING] = STR_INIT("0"),
    [OWN] = STR_INIT("(@.user_id = :owner_user AND @.issuer = :owner_issuer)"),
    [OWN_AND_UNOWNED] = STR_INIT("((@.user_id = :owner_user AND @.issuer = :owner_issuer)"
                                 " OR @.user_id IS NULL)"),
    [UNOWNED] = STR_INIT("(@.user_id IS NULL)"),
    [EVERYTHING] = STR_INIT("1"),
};

static bool has_identity(const struct owner *owner)
{
    return owner->user_id != NULL && owner->user_id[0] != '\0';
}

static enum reach reach_of(const struct owner *owner, enum owner_purpose purpose)
{
    if (owner->everyone)
        return EVERYTHING;
    if (!has_identity(owner))
        return purpose == OWNER_RUNS ? UNOWNED : NOTHING;
    return owner->unowned_too || purpose == OWNER_RUNS ? OWN_AND_UNOWNED : OWN;
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

bool owner_is(const struct owner *owner, const char *issuer, const char *user_id)
{
    return is_same(owner->user_id, user_id) && is_same(owner->issuer, issuer);
}

bool owner_reaches(const struct owner *owner, const char *issuer, const char *user_id)
{
    enum reach reach = reach_of(owner, OWNER_READS);

    if (reach == NOTHING || reach == EVERYTHING)
        return reach == EVERYTHING;
    if (user_id == NULL)
        return reach == OWN_AND_UNOWNED;
    return owner_is(owner, issuer, user_id);
}

static void append_condition(buf *out, str condition, str table)
{
    while (condition.len > 0) {
        size_t before = condition.len;
        str part = str_split(&condition, '@');
        buf_append(out, part);
        if (part.len < before) /* an @ stood there */
            buf_append(out, table);
    }
}

/* Returns how many conditions were put in. */
static size_t expand(buf *out, str text, str condition)
{
    static const str marker = STR_INIT("owned(");
    size_t count = 0;

    buf_append(out, str_split(&text, '$'));
    while (text.len > 0) {
        assert(str_starts(text, marker));
        text = str_from(text, marker.len);
        append_condition(out, condition, str_split(&text, ')'));
        buf_append(out, str_split(&text, '$'));
        count++;
    }
    return count;
}

agentos_status owner_prepare(struct db_conn *conn, const struct owner *owner,
                             enum owner_purpose purpose, str text, sql **out, agentos_error *err)
{
    AUTO_BUF full = buf_with_limit(SQL_MAX_BYTES);
    enum reach reach = reach_of(owner, purpose);

    if (expand(&full, text, conditions[reach]) == 0)
        return fail(err, AGENTOS_INTERNAL, "A query lacks its owner condition");
    if (!buf_ok(&full))
        return fail(err, AGENTOS_INTERNAL, "A query is too long");
    TRY(sql_prepare_owned(conn, buf_view(&full), out, err));
    if (reach == OWN || reach == OWN_AND_UNOWNED) {
        sql_bind_text(*out, ":owner_user", owner->user_id);
        sql_bind_text(*out, ":owner_issuer", owner->issuer != NULL ? owner->issuer : "");
    }
    return AGENTOS_OK;
}
