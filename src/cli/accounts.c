/* Visits the service accounts of a running server, page by page. */
#include "cli/accounts.h"

#include "base/ensure.h"

/* A page of this size always fits into SERVER_ANSWER_MAX_BYTES. */
enum { PAGE_ACCOUNTS = 50, PAGES_MAX = 1000 };

/* Returns a string member of an account, or "" if it has none. */
const char *account_text(const json_t *account, const char *name)
{
    const char *text = json_text(account, name);

    return text != NULL ? text : "";
}

struct visit {
    struct remote *remote;
    bool with_revoked;
    bool is_done; /* after the last page, or when the visitor has stopped */
    accounts_visitor *visit_account;
    void *user;
};

/* Returns the path of a page. Oldest first, so that new accounts do not shift the pages. */
static const char *page_path(arena *a, bool with_revoked, int page)
{
    const char *revoked = with_revoked ? "true" : "false";

    ensure(page >= 1 && page <= PAGES_MAX);
    return arena_printf(a,
                        "/service-accounts?include_revoked=%s&sort_by=created_at&sort_order=asc"
                        "&limit=%d&page=%d",
                        revoked, PAGE_ACCOUNTS, page);
}

/* Visits the accounts of a page. Returns false if the visitor stopped. */
static bool visit_accounts(const struct visit *visit, const json_t *list)
{
    const json_t *account;
    size_t i;

    json_array_foreach(list, i, account)
    {
        if (!visit->visit_account(visit->user, account))
            return false;
    }
    return true;
}

/* Returns true for the last page, or if the answer does not count the pages. */
static bool is_last_page(const json_t *answer, int page)
{
    int64_t total_pages = json_int(json_object_get(answer, "meta"), "total_pages", 0);

    return json_array_size(json_object_get(answer, "data")) == 0 || page >= total_pages;
}

/* Fetches one page and visits its accounts. */
static agentos_status visit_page(struct visit *visit, int page, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const struct remote_request request = {
        .method = GET,
        .path = page_path(a, visit->with_revoked, page),
        .body = STR(""),
    };
    const json_t *answer = NULL;

    ensure(!visit->is_done);
    TRY(remote_call(visit->remote, a, &request, &answer, err));
    const json_t *list = json_object_get(answer, "data");
    if (!json_is_array(list))
        return fail(err, AGENTOS_UPSTREAM, "%s did not return a list of service accounts",
                    visit->remote->url);
    bool has_stopped = !visit_accounts(visit, list);
    visit->is_done = has_stopped || is_last_page(answer, page);
    return AGENTOS_OK;
}

/* Calls visit_account for each account until it returns false. Blocks. */
agentos_status accounts_visit(struct remote *remote, bool with_revoked,
                              accounts_visitor *visit_account, void *user, agentos_error *err)
{
    struct visit visit = {
        .remote = remote, .with_revoked = with_revoked, .visit_account = visit_account, .user = user
    };

    ensure(visit_account != NULL);
    for (int page = 1; !visit.is_done && page <= PAGES_MAX; page++)
        TRY(visit_page(&visit, page, err));
    if (!visit.is_done)
        return fail(err, AGENTOS_UPSTREAM, "%s has more than %d service accounts", remote->url,
                    PAGES_MAX * PAGE_ACCOUNTS);
    return AGENTOS_OK;
}
