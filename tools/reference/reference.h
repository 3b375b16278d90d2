/* What the pages of docs/ say that the program's tables know: Markdown on standard output. The
 * prose around it is written by hand; tools/reference-pages puts both together. */
#ifndef TOOLS_REFERENCE_H
#define TOOLS_REFERENCE_H

#include "base/str.h"

/* A cell of a table; "–" where there is nothing to say. */
void print_cell(str text);

/* The words (blanks between them) as code, with commas between. Nothing for NULL. */
void print_words(const char *words);

void print_routes(void);
void print_scopes(void);
void print_unbuilt(void);
void print_events(void);
void print_options(void);
void print_variables(void);
void print_presets(void);

#endif
