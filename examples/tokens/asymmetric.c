/* Signs a token with a private key; the server has the public one.
 * Build: cc asymmetric.c $(pkg-config --cflags --libs agentos)
 *
 * agentos.yaml:  authorization: {enabled: true, verification_keys: [{file: keys/public.pem}]}
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
        .key = read_key(), /* its thumbprint becomes the kid */
        .subject = "ann",
        .scopes = AGENTOS_LIST("agents:read", "agents:run"),
        .lifetime_s = 900,
    }, &err);

    if (token == NULL) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    puts(token);
    free(token);
    return EXIT_SUCCESS;
}
