/* The rows, for preset.c alone. Where several rows share a name, the first whose issuer fits
 * counts.
 */
#ifndef AUTH_ISSUER_PRESET_TABLE_H
#define AUTH_ISSUER_PRESET_TABLE_H

#include "auth/issuer/preset.h"

extern const struct preset presets[];
extern const size_t preset_count;

/* The row of the plain block: no demands, no ceiling, the contract's claims. It is not among the
 * presets, so that no listed issuer can name it. */
extern const struct preset plain_preset;

#endif
