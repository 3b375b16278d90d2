/* The prompt of `agentos chat`. While it waits, SIGINT ends the reading, not the process. */
#include "cli/prompt.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t is_interrupted; /* set by the handler of the signal */

static void note_interrupt(int signum)
{
    (void)signum;
    is_interrupted = 1;
}

bool prompt_is_wanted(void)
{
    return isatty(STDIN_FILENO) == 1;
}

static enum prompt_end read_line(buf *line)
{
    for (;;) {
        int c = is_interrupted ? EOF : getchar();

        if (is_interrupted)
            return PROMPT_INTERRUPTED;
        if (c == '\n' || (c == EOF && line->len > 0))
            return PROMPT_LINE;
        if (c == EOF)
            return PROMPT_END_OF_FILE;
        buf_append_char(line, (char)c);
    }
}

/* Reads a line. Meanwhile SIGINT is handled without SA_RESTART, so that it interrupts the read. */
enum prompt_end prompt_read(buf *line)
{
    struct sigaction own = { .sa_handler = note_interrupt }, before;

    is_interrupted = 0;
    (void)sigaction(SIGINT, &own, &before); /* fails only for an unknown signal */
    if (prompt_is_wanted())
        (void)fputs("> ", stderr);
    enum prompt_end end = read_line(line);
    (void)sigaction(SIGINT, &before, NULL);
    clearerr(stdin); /* after Ctrl-D or a signal */
    if (prompt_is_wanted() && end != PROMPT_LINE)
        (void)fputc('\n', stderr);
    return end;
}
