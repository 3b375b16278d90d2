/* Placeholders where a secret belongs, and secrets that look a little like one. */
#include "base/placeholder.h"

#include "unit.h"

#define UNREPLACED "is a placeholder that nothing has replaced"
#define REFERENCE  "is a reference to a secret store, which this server does not read"
#define ENCRYPTED  "is encrypted, and this server does not decrypt it"
#define PATH       "is a path; write {file: PATH} to have the file read"
#define FROM_DOCS  "is a placeholder from documentation; make a random text of your own"

static const struct {
    const char *text, *what; /* what NULL: it may be a secret */
} cases[] = {
    { "$JWT_SECRET", UNREPLACED },
    { "${JWT_SECRET}", UNREPLACED },
    { "${JWT_SECRET:-none}", UNREPLACED },
    { " $(cat secret)\n", UNREPLACED },
    { "%JWT_SECRET%", UNREPLACED },
    { "{{ jwt_secret }}", UNREPLACED },
    { "{{x}}", UNREPLACED },
    { "<secret>", UNREPLACED },
    { "#{JwtSecret}#", UNREPLACED },
    { "__JWT_SECRET__", UNREPLACED },
    { "{env:JWT_SECRET}", UNREPLACED },
    { "op://vault/item/field", REFERENCE },
    { "vault:secret/data/agentos#key", REFERENCE },
    { "arn:aws:secretsmanager:eu-west-1:1:secret:x", REFERENCE },
    { "ref+vault://secret/x#/y", REFERENCE },
    { "@Microsoft.KeyVault(SecretUri=https://x)", REFERENCE },
    { "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", ENCRYPTED },
    { "ENC(abc)", ENCRYPTED },
    { "{cipher}abcdef", ENCRYPTED },
    { "/run/secrets/jwt", PATH },
    { "/etc/agentos/secret", PATH },
    { "~/secret", PATH },
    { "./secret", PATH },
    { "../keys/secret", PATH },
    { "keys/jwt.key", PATH },
    { "file:///run/secrets/jwt", PATH },
    { "C:\\secrets\\jwt", PATH },
    { "changeme", FROM_DOCS },
    { "CHANGE_ME", FROM_DOCS },
    { "please-change-this-to-a-long-random-text", FROM_DOCS },
    { "sk-your-api-key-here", FROM_DOCS },
    { "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", FROM_DOCS },
    { "********", FROM_DOCS },
    /* secrets */
    { "", NULL },
    { "none", NULL },
    { "EMPTY", NULL },
    { "ollama", NULL },
    { "sk-proj-0123456789abcdef", NULL },
    { "/3q2+7wVtJ0m1aYk5sQx8ZcN4eRbHdPfUoLgTiKjM6E=", NULL },
    { "$2b$12$KIXQ0tq6m0u5Yx1mK4e0uO", NULL },
    { "$aBcD", NULL },
    { "${half of one", NULL },
    { "100% of a secret, and 5% of another", NULL },
    { "vaulted-ceilings-and-open-operas", NULL },
    { "ENCORE[une fois", NULL },
    { "correct horse battery staple", NULL },
    { "no path.key of one, but words", NULL },
    { "xxx", NULL },
};

static void a_placeholder_is_told_by_its_form(void **state)
{
    (void)state;
    for (EACH(cases, c)) {
        const char *what = placeholder_describe(str_of(c->text));

        if ((what == NULL) != (c->what == NULL) || (what != NULL && strcmp(what, c->what) != 0))
            fail_msg("%s: %s", c->text, what != NULL ? what : "may be a secret");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_placeholder_is_told_by_its_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
