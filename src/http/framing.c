/* Checks the header fields that determine where a message ends and which host it is for. */
#include "http/framing.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/host_port.h"
#include "base/mem.h"

enum { LENGTH_DIGITS_MAX = 18 }; /* so many always fit 63 bits */

typedef bool value_check(str value);

/* Returns whether the value is a number of up to LENGTH_DIGITS_MAX digits. */
static bool is_length(str value)
{
    if (value.len == 0 || value.len > LENGTH_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return false;
    return true;
}

static bool is_chunked(str value)
{
    return str_equal_nocase(value, STR("chunked"));
}

static bool is_continue(str value)
{
    return str_equal_nocase(value, STR("100-continue"));
}

/* Returns whether the value is a host with an optional port, or empty (RFC 9110 §7.2). */
static bool is_host(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (str_has(STR("/\\@?#\"<>^`{|}"), value.ptr[i]))
            return false;
    return str_is_visible(value) && (value.len == 0 || host_port_is_valid(value));
}

// clang-format off
static const struct {
    str name;
    value_check *is_valid;
    int status;         /* answered if it is not valid */
    const char *detail;
    const char *repeated; /* each at most once, even where the values agree */
} rules[] = {
    { STR_INIT("host"),              is_host,     400, "The Host header is malformed",
      "The Host header must not be repeated" },
    { STR_INIT("content-length"),    is_length,   400, "The Content-Length header is malformed",
      "The Content-Length header must not be repeated" },
    { STR_INIT("transfer-encoding"), is_chunked,  501, "The only transfer coding supported is chunked",
      "The Transfer-Encoding header must not be repeated" },
    { STR_INIT("expect"),            is_continue, 417, "The only expectation supported is 100-continue",
      "The Expect header must not be repeated" },
};
// clang-format on

/* The rows above, in their order. */
enum { HOST, LENGTH, CODING, EXPECT, RULES };
_Static_assert(COUNT(rules) == RULES, "each rule has a name");

/* Stores the refusal in *why, and returns false. */
static bool refuse(struct refusal *why, int status, const char *detail)
{
    *why = (struct refusal){ status, detail };
    return false;
}

/* Finds the value of each field. Returns false if one is repeated or malformed. */
static bool find_values(const struct headers *headers, const str *found[RULES], struct refusal *why)
{
    for (size_t i = 0; i < headers->count; i++)
        for (size_t r = 0; r < RULES; r++) {
            const struct header *header = &headers->all[i];

            if (!str_equal_nocase(header->name, rules[r].name))
                continue;
            if (found[r] != NULL)
                return refuse(why, 400, rules[r].repeated);
            if (!rules[r].is_valid(header->value))
                return refuse(why, rules[r].status, rules[r].detail);
            found[r] = &header->value;
        }
    return true;
}

/* Returns the number in a valid Content-Length. */
static uint64_t length_of(str digits)
{
    int64_t length = 0;

    ensure(is_length(digits));
    (void)str_to_int(digits, &length); /* cannot fail after is_length */
    return (uint64_t)length;
}

/* Returns false and fills in *why if the fields contradict each other. */
static bool can_stand_together(const str *const found[RULES], bool is_http10, struct refusal *why)
{
    if (found[HOST] == NULL && !is_http10) /* RFC 9112 §3.2 */
        return refuse(why, 400, "The Host header is missing");
    if (found[CODING] != NULL && found[LENGTH] != NULL) /* RFC 9112 §6.3 */
        return refuse(why, 400, "Content-Length and Transfer-Encoding exclude each other");
    if (found[CODING] != NULL && is_http10) /* RFC 9112 §6.1 */
        return refuse(why, 400, "HTTP/1.0 has no transfer codings");
    return true;
}

/* Fills in the framing. Returns false and fills in *why if the message is refused. */
bool framing_read(const struct headers *headers, struct framing *framing, struct refusal *why)
{
    const str *found[RULES] = { NULL };

    if (!find_values(headers, found, why) || !can_stand_together(found, framing->is_http10, why))
        return false;
    framing->is_chunked = found[CODING] != NULL;
    framing->length = found[LENGTH] != NULL ? length_of(*found[LENGTH]) : 0;
    ensure(!framing->is_chunked || framing->length == 0); /* one framing only */
    framing->has_body = framing->is_chunked || framing->length > 0;
    /* RFC 9110 §10.1.1: from an HTTP/1.0 client it means nothing. */
    framing->expects_continue = found[EXPECT] != NULL && framing->has_body && !framing->is_http10;
    return true;
}
