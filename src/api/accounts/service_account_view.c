/* Writes a service account as JSON, for the answer to its creator and for the list of accounts. */
#include "api/accounts/service_account_view.h"

#include "auth/scope/scope.h"
#include "json/parse.h"

/* A time of 0 means that there is none. */
void service_account_view_write_time(const char *name, int64_t time, writer *w)
{
    write_key(w, name);
    if (time > 0)
        write_integer(w, time);
    else
        write_null(w);
}

/* Writes one scope of an account as an object of its parts. A text that does not parse as a scope
 * is the admin scope, whose name the configuration can change. */
static void write_scope(writer *w, str text)
{
    struct scope scope;

    if (!scope_parse(text, &scope))
        scope = (struct scope){ .resource = text, .action = STR("admin") };
    write_object(w);
    write_member(w, "id", NULL);
    write_key(w, "raw");
    write_str(w, text);
    write_key(w, "namespace");
    write_str(w, scope.resource);
    write_key(w, "sub_namespace");
    if (scope.id.len > 0)
        write_str(w, scope.id);
    else
        write_null(w);
    write_key(w, "permission");
    write_str(w, scope.action);
    write_member(w, "value", "allow");
    write_end(w);
}

/* Writes the member "scopes" from a stored JSON list. It is empty if the text is not valid JSON. */
static void write_scopes(writer *w, const char *json, arena *a)
{
    const json_t *list = NULL;

    if (json_parse(a, str_of(json), &list, NULL) != AGENTOS_OK)
        list = NULL;
    write_key(w, "scopes");
    write_array(w);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item))
            write_scope(w, (str){ json_string_value(item), json_string_length(item) });
    }
    write_end(w);
}

/* Writes the account as an object. */
void service_account_view_write(const struct service_account *account, const char *token, arena *a,
                                writer *w)
{
    write_object(w);
    write_member(w, "id", account->id);
    write_member(w, "name", account->name);
    write_member(w, "principal", arena_printf(a, "sa:%s", account->name));
    write_member(w, "user_id", account->user_id);
    write_member(w, "token_prefix", account->token_prefix);
    write_scopes(w, account->scopes, a);
    service_account_view_write_time("created_at", account->created_at, w);
    service_account_view_write_time("expires_at", account->expires_at, w);
    service_account_view_write_time("last_used_at", account->last_used_at, w);
    service_account_view_write_time("revoked_at", account->revoked_at, w);
    write_member(w, "created_by", account->user_id);
    write_member_if(w, "token", token);
    write_end(w);
}
