/* The system prompt of an agent: description, role, instructions, in the reference's layout. */
#include "agent/agent.h"

#include "base/buf.h"
#include "base/limits.h"

const char *agent_system_prompt(const struct agent *agent, arena *a)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    if (agent->description != NULL)
        buf_printf(&text, "%s\n", agent->description);
    if (agent->role != NULL)
        buf_printf(&text, "<your_role>\n%s\n</your_role>\n", agent->role);
    if (agent->instructions != NULL)
        buf_printf(&text, "%s\n", agent->instructions);
    return text.len > 0 ? arena_copy(a, (str){ text.ptr, text.len - 1 }) : NULL;
}
