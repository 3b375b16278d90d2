/* A yes or no that may also be left to a default. */
#ifndef BASE_CHOICE_H
#define BASE_CHOICE_H

enum choice { CHOICE_UNSET, CHOICE_YES, CHOICE_NO };

#endif
