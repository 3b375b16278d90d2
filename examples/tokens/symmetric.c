/* Signs a token with a secret that the server shares (HS256).
 * Build: cc symmetric.c $(pkg-config --cflags --libs agentos)
 *
 * agentos.yaml:  authorization: {enabled: true, algorithm: HS256,
 *                                verification_keys: [{env: JWT_SECRET}]}
 */
#include <stdio.h>
#include <stdlib.h>

#include <agentos/agentos.h>

int main(void)
{
    agentos_error err = { 0 };
    char *token = agentos_token_mint(&(agentos_token_options){
        .key = getenv("JWT_SECRET"), /* 32 bytes or more */
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
