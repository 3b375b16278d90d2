/* Three lines: a held scope, a demanded one, an id. What is granted must be granted for a reason.
 */
#include <assert.h>

#include "auth/scope/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    str held_text = str_split(&text, '\n'), asked_text = str_split(&text, '\n');
    struct scope held, asked;

    (void)scope_id_is_valid(text);
    if (!scope_parse(held_text, &held))
        return 0;
    assert(held.resource.len > 0 && held.action.len > 0 && !str_has(held.action, ':'));

    AUTO(arena) *a = arena_new();
    const struct scope_set *set = scope_set_new(a, &held_text, 1);

    assert(scope_set_covers(set, &held, held.id) || held.id.len > 0);
    if (scope_parse(asked_text, &asked) && scope_set_covers(set, &asked, text)) {
        assert(str_equal(held.resource, asked.resource) && str_equal(held.action, asked.action));
        assert(held.id.len == 0 || str_equal(held.id, STR("*")) || str_equal(held.id, text) ||
               str_equal(held.id, asked.id));
    }

    struct principal principal = { .kind = PRINCIPAL_TOKEN, .issuer = "" };
    principal_set_scopes(&principal, a, &held_text, 1);
    const struct access access = FILTERS("agents:read");
    if (authorize(&access, &principal, STR(""), NULL) == AGENTOS_OK)
        assert(str_starts(held_text, STR("agents:")) && str_ends(held_text, STR(":read")));
    return 0;
}
