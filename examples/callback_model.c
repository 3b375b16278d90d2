/* An agent whose model is a function of ours, on a port of its own choosing; needs no network and no key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <agentos/agentos.h>

static agentos_status shout(void *user, const agentos_message *messages, size_t count, agentos_reply *reply,
                            agentos_error *err)
{
    const char *text = messages[count - 1].content;

    (void)user, (void)err;
    for (size_t i = 0; text[i] != '\0'; i++) {
        char c = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];

        if ((c & 0x80) == 0 && !agentos_reply_text(reply, &c, 1))
            break;
    }
    return AGENTOS_OK;
}

int main(int argc, char **argv)
{
    agentos_error err = { 0 };

    agentos_agent *agent = agentos_agent_new(&(agentos_agent_options){
        .id = "shouter",
        .model = agentos_callback_model("shout-1", shout, NULL, &err),
    }, &err);

    agentos *os = agentos_new(&(agentos_options){
        .id = "callback-os",
        .listen = argc > 1 ? argv[1] : "127.0.0.1:7777",
        .database = "memory",
        .agents = AGENTOS_LIST(agent),
    }, &err);

    if (agentos_serve(os, &err) != AGENTOS_OK)
        fprintf(stderr, "%s\n", err.message);
    agentos_free(os);
    return err.status == AGENTOS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
