/* The rows, for preset.c alone. Of one name the first row whose issuer fits is taken. */
#ifndef AUTH_ISSUER_PRESET_TABLE_H
#define AUTH_ISSUER_PRESET_TABLE_H

#include "auth/issuer/preset.h"

extern const struct preset presets[];
extern const size_t preset_count;

#endif
