/* The public structs of settings as configuration text, so that both ways in are checked by one
 * loader. */
#ifndef OS_EMBED_SETTINGS_H
#define OS_EMBED_SETTINGS_H

#include "agentos/agentos.h"
#include "json/writer.h"

/* As the `authorization:` block. */
void embed_write_authorization(const agentos_authorization_config *config, bool is_enabled,
                               writer *w);

/* A list member, if it has entries. */
void embed_write_texts(writer *w, const char *key, const char *const *texts);

#endif
