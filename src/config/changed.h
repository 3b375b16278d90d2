/* Finds changed options that a reload does not apply. */
#ifndef CONFIG_CHANGED_H
#define CONFIG_CHANGED_H

#include "base/arena.h"
#include "config/option.h"

/* Calls report with the path of each option of the rows with at_start, such as "listen", whose
 * value differs between the two texts of a configuration. Texts that are not valid have no values.
 */
void changed_at_start(const struct option_section *rows, str before, str after,
                      void (*report)(const char *path));

#endif
