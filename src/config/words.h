/* The readers of OPTION_WORD, OPTION_WORD_INDEX and OPTION_WORD_BOOL. */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include "config/option.h"

option_reader read_word, read_word_index, read_word_bool;

#endif
