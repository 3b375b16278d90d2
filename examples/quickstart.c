/* An agent behind JWT authorization, in C. Build: cc quickstart.c $(pkg-config --cflags --libs agentos)
 *
 *   JWT_VERIFICATION_KEY="$(cat keys/public.pem)" OPENAI_API_KEY=... ./quickstart
 */
#include <stdio.h>
#include <stdlib.h>

#include <agentos/agentos.h>

int main(void)
{
    agentos_error err = { 0 };
    const char *pem = getenv("JWT_VERIFICATION_KEY");

    agentos_agent *agent = agentos_agent_new(&(agentos_agent_options){
        .id = "my-agent",
        .model = agentos_openai_responses(&(agentos_model_options){ .id = "gpt-5.2" }, &err),
    }, &err);

    agentos *os = agentos_new(&(agentos_options){
        .id = "my-agent-os",
        .agents = AGENTOS_LIST(agent),
        .authorization = true,
        .authorization_config = { .verification_keys = AGENTOS_LIST(pem), .algorithm = "RS256" },
    }, &err);

    if (agentos_serve(os, &err) != AGENTOS_OK)
        fprintf(stderr, "%s\n", err.message);
    agentos_free(os);
    return err.status == AGENTOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
