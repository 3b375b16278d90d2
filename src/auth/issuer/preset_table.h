/* The rows of the presets, for preset.c. Of several rows with one name, the first that matches is
 * used. */
#ifndef AUTH_ISSUER_PRESET_TABLE_H
#define AUTH_ISSUER_PRESET_TABLE_H

#include "auth/issuer/preset.h"

extern const struct preset presets[];
extern const size_t preset_count;

/* The row of the top-level options, with the claims of the contract and without demands. Not
 * selectable by name. */
extern const struct preset plain_preset;

#endif
