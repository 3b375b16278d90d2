/* reference routes|scopes|unbuilt|events|options|variables|presets: one table of the program as
 * Markdown.
 */
#include "reference.h"

#include <stdio.h>

void print_cell(str text)
{
    (void)printf(" ");
    for (size_t i = 0; i < text.len; i++)
        (void)printf(text.ptr[i] == '|' ? "\\%c" : "%c", text.ptr[i]);
    (void)printf("%s |", text.len == 0 ? "–" : "");
}

void print_words(const char *words)
{
    str rest = str_of(words);

    for (const char *comma = ""; rest.len > 0; comma = ", ") {
        str word = str_split(&rest, ' ');

        (void)printf("%s`%.*s`", comma, (int)word.len, word.ptr);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } tables[] = {
        { "routes", print_routes },   { "events", print_events },
        { "options", print_options }, { "variables", print_variables },
        { "presets", print_presets }, { "unbuilt", print_unbuilt },
        { "scopes", print_scopes },
    };

    for (size_t i = 0; argc == 2 && i < sizeof(tables) / sizeof(tables[0]); i++)
        if (strcmp(argv[1], tables[i].name) == 0) {
            tables[i].print();
            return 0;
        }
    (void)fprintf(stderr,
                  "usage: reference routes|scopes|unbuilt|events|options|variables|presets\n");
    return 2;
}
