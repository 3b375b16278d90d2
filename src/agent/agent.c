/* The system prompt of an agent: description, role, instructions, in the reference's layout. */
#include "agent/agent.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Each part ends with a line break. */
static void write_prompt(const struct agent *agent, buf *text)
{
    if (agent->description != NULL)
        buf_printf(text, "%s\n", agent->description);
    if (agent->role != NULL)
        buf_printf(text, "<your_role>\n%s\n</your_role>\n", agent->role);
    if (agent->instructions != NULL)
        buf_printf(text, "%s\n", agent->instructions);
}

agentos_status agent_check(const struct agent *agent, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(PROMPT_MAX_BYTES);

    ensure(agent->id != NULL);
    write_prompt(agent, &text);
    return buf_ok(&text) ? AGENTOS_OK
                         : fail(err, AGENTOS_INVALID,
                                "agent " QUOTED
                                ": description, role and instructions are longer than %d bytes",
                                QUOTE(str_of(agent->id)), PROMPT_MAX_BYTES);
}

const char *agent_system_prompt(const struct agent *agent, arena *a)
{
    AUTO_BUF text = buf_with_limit(PROMPT_MAX_BYTES);

    write_prompt(agent, &text);
    ensure(buf_ok(&text)); /* as agent_check has found */
    return text.len > 0 ? arena_copy(a, (str){ text.ptr, text.len - 1 }) : NULL;
}
