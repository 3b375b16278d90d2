/* Builds the system prompt of an agent. */
#include "agent/agent.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"

const char *agent_model_name(const void *agent)
{
    return model_name(((const struct agent *)agent)->model);
}

const char *agent_model_id(const void *agent)
{
    return model_id(((const struct agent *)agent)->model);
}

const char *agent_model_provider(const void *agent)
{
    return model_provider(((const struct agent *)agent)->model);
}

/* Writes the prompt in agno's layout. Each part ends with a line break. */
static void write_prompt(const struct agent *agent, buf *text)
{
    if (agent->description != NULL)
        buf_printf(text, "%s\n", agent->description);
    if (agent->role != NULL)
        buf_printf(text, "<your_role>\n%s\n</your_role>\n", agent->role);
    if (agent->instructions != NULL)
        buf_printf(text, "%s\n", agent->instructions);
}

/* Returns INVALID if the prompt exceeds PROMPT_MAX_BYTES. */
agentos_status agent_check(const struct agent *agent, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(PROMPT_MAX_BYTES);

    ensure(agent->id != NULL);
    write_prompt(agent, &text);
    if (buf_ok(&text))
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID,
                "agent " QUOTED ": description, role and instructions are longer than %d bytes",
                QUOTE(str_of(agent->id)), PROMPT_MAX_BYTES);
}

/* Returns the prompt in the arena, without its last line break, or NULL if it is empty. */
const char *agent_system_prompt(const struct agent *agent, arena *a)
{
    AUTO_BUF text = buf_with_limit(PROMPT_MAX_BYTES);

    write_prompt(agent, &text);
    ensure(buf_ok(&text)); /* agent_check has returned AGENTOS_OK */
    if (text.len == 0)
        return NULL;
    return arena_copy(a, (str){ text.ptr, text.len - 1 });
}
