/* The rows of the presets, for preset.c only. If several rows have the same name, the first one
 * whose pattern the issuer fits is used. */
#ifndef AUTH_ISSUER_PRESET_TABLE_H
#define AUTH_ISSUER_PRESET_TABLE_H

#include "auth/issuer/preset.h"

extern const struct preset presets[];
extern const size_t preset_count;

/* The row of the plain block, which has no demands and no ceiling, and the claims of the contract.
 * It is not among the presets, so that no listed issuer can name it. */
extern const struct preset plain_preset;

#endif
