/* Why a token is not valid, in words for somebody who has it in hand. */
#ifndef CLI_TOKEN_FAULT_H
#define CLI_TOKEN_FAULT_H

#include "base/error.h"
#include "json/parse.h"

/* Copies the failure of jws_parse, jwt_claims or a signature to err, and says of a text that is no
 * JWT which part of it is wrong. Returns its status. */
agentos_status token_fault(agentos_error *err, const agentos_error *why);

/* Copies the failure of jwt_check to err, and says since when the token has expired. Returns its
 * status. */
agentos_status token_claims_fault(agentos_error *err, const agentos_error *why,
                                  const json_t *claims, int64_t now_s);

#endif
