// The public header in a C++ program: it compiles without a warning, links, and the constructors
// answer as they do in C. Ends with 0, or says which line was wrong.
#include <agentos/agentos.h>

#include <cstdio>
#include <cstring>
#include <memory>

#define REQUIRE(condition)                                                         \
    do {                                                                           \
        if (!(condition)) {                                                        \
            std::fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, err.message); \
            return 1;                                                              \
        }                                                                          \
    } while (0)

static agentos_status shout(void *, const agentos_message *messages, size_t count,
                            agentos_reply *reply, agentos_error *)
{
    const agentos_message &last = messages[count - 1];

    for (size_t i = 0; i < last.part_count; i++)
        if (last.parts[i].kind == AGENTOS_PART_TEXT)
            agentos_reply_text(reply, last.parts[i].text, std::strlen(last.parts[i].text));
    return AGENTOS_OK;
}

int main()
{
    agentos_error err = {};
    agentos_agent_options agent = {};
    agent.id = "my-agent";
    agent.model = agentos_callback_model("shout", shout, nullptr, &err);

    std::unique_ptr<agentos_options> options(new agentos_options());
    options->id = "my-os";
    options->database = "memory";
    options->agents[0] = agentos_agent_new(&agent, &err);
    options->authorization_config.issuers[0].issuer = "https://id.example.com";
    options->authorization_config.issuers[0].audience[0] = "my-os";
    options->authorization_config.user_isolation = AGENTOS_YES;
    agentos *os = agentos_new(options.get(), &err);
    REQUIRE(os != nullptr && err.status == AGENTOS_OK);
    agentos_stop(os);
    agentos_free(os);

    options->agents[0] = nullptr;
    options->authorization_config.issuers[0].preset = "nobody";
    REQUIRE(agentos_new(options.get(), &err) == nullptr);
    REQUIRE(std::strstr(err.message, "authorization.issuers[0].preset") != nullptr);
    REQUIRE(agentos_status_http(err.status) == 400);
    REQUIRE(std::strcmp(agentos_status_name(err.status), "INVALID") == 0);

    const char *const listed[] = AGENTOS_LIST("a", "b");
    REQUIRE(sizeof(listed) / sizeof(listed[0]) == 2);
    return 0;
}
