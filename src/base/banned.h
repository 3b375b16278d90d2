/* The functions that no file may call. Each has a safe counterpart in base/. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The declarations must precede the poison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The fortified headers of clang define these two as macros. */
#undef sprintf
#undef vsprintf

// clang-format off
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll gmtime localtime
// clang-format on

#endif
