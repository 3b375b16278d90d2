/* Implements `agentos chat`. */

#include "auth/scope/scope.h"
#include "cli/agent_run.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/prompt.h"

static const char help[] =
    "usage: agentos chat AGENT [OPTION]...\n"
    "\n"
    "Sends each line of standard input to an agent, in one session, and prints the answers as "
    "they\n"
    "come. Ctrl-C cancels the run under way; at the prompt, it ends the chat, as Ctrl-D does.\n"
    "The session's id is printed to standard error at the end.\n"
    "\n" CALLER_HELP "  --session ID              continue this session, or begin one of this id\n"
    "\n"
    "Exit 0: ended; 1: the last message failed or was refused; 2: usage; 130: Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  agentos chat echo\n"
    "  agentos chat echo --session monday\n";

struct chat {
    struct caller caller;
    char session[SESSION_TEXT_SIZE]; /* empty: not begun */
    int status;                      /* the exit status */
};

/* Sends one message. Stores the session's id and the exit status. */
static void send_message(struct chat *chat, str message)
{
    const struct run_order order = { .message = message, .session = chat->session };
    struct run_result result;
    agentos_error err;

    agentos_status status = agent_run(&chat->caller, &order, &result, &err);
    if (result.session[0] != '\0')
        (void)snprintf(chat->session, sizeof(chat->session), "%s", result.session);
    if (result.is_interrupted)
        (void)fputs("agentos: the run was cancelled\n", stderr);
    chat->status = status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* Sends each line until the end of the input or Ctrl-C at the prompt. */
static void send_lines(struct chat *chat)
{
    AUTO_BUF line = buf_with_limit(BODY_MAX_BYTES);
    enum prompt_end end;

    while ((end = prompt_read(&line)) == PROMPT_LINE) {
        str message = str_trim(buf_view(&line));

        if (!buf_ok(&line))
            (void)fputs("agentos: the message is too long\n", stderr);
        else if (message.len > 0)
            send_message(chat, message);
        buf_clear(&line);
    }
    if (end == PROMPT_INTERRUPTED)
        chat->status = EXIT_INTERRUPTED;
}

/* Prints the session, with a command to continue it if its id is safe to paste. */
static void tell_session(const struct chat *chat)
{
    bool is_safe = scope_id_is_valid(str_of(chat->session));

    if (chat->session[0] == '\0')
        return;
    if (is_safe)
        (void)fprintf(stderr, "agentos: session %s; `agentos chat %s --session %s` continues it\n",
                      chat->session, chat->caller.agent, chat->session);
    else
        output_line(stderr, "agentos: session ", chat->session);
}

/* Runs the conversation. Returns the exit status. */
static int run_chat(const char *agent, const struct caller_flags *flags, const char *session)
{
    AUTO(arena) *a = arena_new();
    struct chat chat = { .status = EXIT_DONE };
    agentos_error err;

    (void)snprintf(chat.session, sizeof(chat.session), "%s", session);
    if (caller_open(a, flags, agent, &chat.caller, &err) == AGENTOS_OK) {
        send_lines(&chat);
        tell_session(&chat);
    } else {
        chat.status = command_fail(&err);
    }
    caller_close(&chat.caller);
    return chat.status;
}

// clang-format off
static const struct option chat_options[] = {
    CALLER_OPTIONS,
    { "session", required_argument, NULL, 'S' },
    { "help",    no_argument,       NULL, 'h' },
    { NULL,      0,                 NULL, 0 },
};
// clang-format on

static int usage(const char *why)
{
    return command_usage("agentos chat", why);
}

int cmd_chat(int argc, char **argv)
{
    struct caller_flags flags = { .key = NULL };
    const char *session = "";

    for (int option; (option = argument_next("agentos chat", argc, argv, chat_options)) != -1;) {
        switch (option) {
        case 'S': session = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default:
            if (!caller_take_flag(option, optarg, &flags))
                return usage(NULL);
        }
    }
    if (argc - optind != 1)
        return usage("give one AGENT");
    if (caller_reads_input(&flags))
        return usage(
            "the messages are on standard input, so the token cannot be; set AGENTOS_TOKEN");
    if (strlen(session) >= SESSION_TEXT_SIZE)
        return usage("--session takes at most 128 bytes");
    return run_chat(argv[optind], &flags, session);
}
