/* Functions that no file may call; each has a safe counterpart in base/. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The declarations must come before the poison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang's fortified headers make macros of these two. */
#undef sprintf
#undef vsprintf

// clang-format off
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll gmtime localtime
// clang-format on

#endif
