/* Signs a token of the form that WorkOS AuthKit issues, to try the preset without WorkOS.
 * Build: cc workos.c $(pkg-config --cflags --libs agentos)
 *
 * agentos.yaml:  authorization: {issuers: [{preset: workos, issuer: https://api.workos.com,
 *                  audience: client_01EXAMPLE, verification_keys: [{file: keys/public.pem}],
 *                  roles: {member: ["agents:read"]}}]}
 */
#include <stdio.h>
#include <stdlib.h>

#include <agentos/agentos.h>

/* Reads the private key, at most 16 KiB. Returns an empty text if that fails. */
static const char *read_key(void)
{
    static char text[16 * 1024];
    const char *path = getenv("PRIVATE_KEY");
    FILE *file = fopen(path != NULL ? path : "keys/private.pem", "r");

    if (file == NULL)
        return "";
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

int main(void)
{
    agentos_error err = { 0 };
    char *token = agentos_token_mint(&(agentos_token_options){
        .key = read_key(),
        .issuer = "https://api.workos.com",
        .subject = "user_01ANN",
        .lifetime_s = 300,
        .claims = "{\"client_id\": \"client_01EXAMPLE\", \"sid\": \"session_01TRIAL\", "
                  "\"org_id\": \"org_01TRIAL\", \"role\": \"member\", "
                  "\"permissions\": [\"agents:run\"]}",
    }, &err);

    if (token == NULL) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    puts(token);
    free(token);
    return EXIT_SUCCESS;
}
