/* Walking through the pages of GET /service-accounts, oldest account first: an account that is made
 * meanwhile comes last and moves no other to another page. */
#include "cli/accounts.h"

/* A page fits SERVER_ANSWER_MAX_BYTES, whatever scopes its accounts were given. */
enum { PAGE_ACCOUNTS = 50, PAGES_MAX = 1000 };

const char *account_text(const json_t *account, const char *name)
{
    const char *text = json_text(account, name);

    return text != NULL ? text : "";
}

struct visit {
    struct remote *remote;
    bool with_revoked, is_over;
    accounts_visitor *visit_account;
    void *user;
};

/* Visits the accounts of one page, and notes in is_over whether it was the last one needed. */
static agentos_status visit_page(struct visit *visit, int page, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const char *path = arena_printf(
        a,
        "/service-accounts?include_revoked=%s&sort_by=created_at&sort_order=asc&limit=%d&page=%d",
        visit->with_revoked ? "true" : "false", PAGE_ACCOUNTS, page);
    const json_t *answer = NULL, *account;
    size_t i;

    TRY(remote_call(visit->remote, a, &(struct remote_request){ GET, path, STR("") }, &answer,
                    err));
    const json_t *list = json_object_get(answer, "data");
    if (!json_is_array(list))
        return fail(err, AGENTOS_UPSTREAM, "%s did not answer with a list of service accounts",
                    visit->remote->url);
    json_array_foreach(list, i, account)
    {
        if (!visit->visit_account(visit->user, account)) {
            visit->is_over = true;
            return AGENTOS_OK;
        }
    }
    visit->is_over = json_array_size(list) == 0 ||
                     page >= json_int(json_object_get(answer, "meta"), "total_pages", 0);
    return AGENTOS_OK;
}

agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                              accounts_visitor *visit_account, void *user, agentos_error *err)
{
    struct visit visit = { remote, with_revoked, false, visit_account, user };

    for (int page = 1; !visit.is_over && page <= PAGES_MAX; page++)
        TRY(visit_page(&visit, page, err));
    return visit.is_over ? AGENTOS_OK
                         : fail(err, AGENTOS_UPSTREAM, "%s has more than %d service accounts",
                                remote->url, PAGES_MAX * PAGE_ACCOUNTS);
}
