/* Recognizes placeholders in place of secrets by their form. */
#include "base/placeholder.h"

#include <ctype.h>

#include "base/ensure.h"
#include "base/mem.h"

static const char unreplaced[] = "is a placeholder that nothing has replaced";
static const char reference[] = "is a reference to a secret store, which this server does not read";
static const char encrypted[] = "is encrypted, and this server does not decrypt it";
static const char path[] = "is a path; write {file: PATH} to have the file read";
static const char from_docs[] =
    "is a placeholder from documentation; make a random text of your own";

/* A form of placeholders: how they begin and how they end. */
struct form {
    str start, end; /* an empty end matches every text */
    const char *what;
};

static const struct form forms[] = {
    /* templates */
    { STR_INIT("${"), STR_INIT("}"), unreplaced },
    { STR_INIT("$("), STR_INIT(")"), unreplaced },
    { STR_INIT("{{"), STR_INIT("}}"), unreplaced },
    { STR_INIT("<"), STR_INIT(">"), unreplaced },
    { STR_INIT("#{"), STR_INIT("}#"), unreplaced },
    { STR_INIT("@@"), STR_INIT("@@"), unreplaced },
    { STR_INIT("{env:"), STR_INIT("}"), unreplaced },
    /* secret stores */
    { STR_INIT("op://"), STR_INIT(""), reference },
    { STR_INIT("vault:"), STR_INIT(""), reference },
    { STR_INIT("awssm:"), STR_INIT(""), reference },
    { STR_INIT("aws-sm:"), STR_INIT(""), reference },
    { STR_INIT("arn:aws"), STR_INIT(""), reference },
    { STR_INIT("gcpsm:"), STR_INIT(""), reference },
    { STR_INIT("gcp-sm:"), STR_INIT(""), reference },
    { STR_INIT("sm://"), STR_INIT(""), reference },
    { STR_INIT("akv:"), STR_INIT(""), reference },
    { STR_INIT("secret://"), STR_INIT(""), reference },
    { STR_INIT("secretref:"), STR_INIT(""), reference },
    { STR_INIT("bws://"), STR_INIT(""), reference },
    { STR_INIT("keyring:"), STR_INIT(""), reference },
    { STR_INIT("doppler:"), STR_INIT(""), reference },
    { STR_INIT("infisical:"), STR_INIT(""), reference },
    { STR_INIT("ref+"), STR_INIT(""), reference },
    { STR_INIT("{{resolve:"), STR_INIT(""), reference },
    { STR_INIT("@Microsoft.KeyVault("), STR_INIT(")"), reference },
    /* encrypted values */
    { STR_INIT("ENC["), STR_INIT("]"), encrypted },
    { STR_INIT("ENC("), STR_INIT(")"), encrypted },
    { STR_INIT("{cipher}"), STR_INIT(""), encrypted },
    { STR_INIT("$ANSIBLE_VAULT"), STR_INIT(""), encrypted },
    /* paths */
    { STR_INIT("file:"), STR_INIT(""), path },
    { STR_INIT("~/"), STR_INIT(""), path },
    { STR_INIT("./"), STR_INIT(""), path },
    { STR_INIT("../"), STR_INIT(""), path },
};

/* Parts of the placeholders in documentation, in small letters, with "-" for "_" and for a blank.
 */
static const str sample_parts[] = {
    STR_INIT("changeme"),     STR_INIT("change-me"),    STR_INIT("change-this"),
    STR_INIT("replaceme"),    STR_INIT("replace-me"),   STR_INIT("replace-this"),
    STR_INIT("replace-with"), STR_INIT("your-api-key"), STR_INIT("your-secret"),
    STR_INIT("your-key"),     STR_INIT("insert-your"),  STR_INIT("-goes-here"),
    STR_INIT("placeholder"),
};

/* Folders at the root in which secrets are kept. */
static const str folders[] = {
    STR_INIT("/run/"),  STR_INIT("/etc/"),     STR_INIT("/var/"), STR_INIT("/home/"),
    STR_INIT("/root/"), STR_INIT("/opt/"),     STR_INIT("/srv/"), STR_INIT("/tmp/"),
    STR_INIT("/mnt/"),  STR_INIT("/secrets/"), STR_INIT("/app/"), STR_INIT("/data/"),
};

static const str file_endings[] = {
    STR_INIT(".pem"), STR_INIT(".key"), STR_INIT(".txt"),  STR_INIT(".secret"),
    STR_INIT(".jwk"), STR_INIT(".env"), STR_INIT(".json"), STR_INIT(".token"),
};

/* Returns the description of the text's form, or NULL if it has none. */
static const char *describe_form(str text)
{
    for (size_t i = 0; i < COUNT(forms); i++)
        if (str_starts(text, forms[i].start) && str_ends(text, forms[i].end))
            return forms[i].what;
    return NULL;
}

/* Returns whether the text is an upper-case variable name. */
static bool is_variable_name(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c != '_' && !(isascii(c) && (isupper(c) || isdigit(c))))
            return false;
    }
    return text.len > 0 && !isdigit((unsigned char)text.ptr[0]);
}

/* Returns whether the text is $NAME, %NAME% or __NAME__. */
static bool is_variable(str text)
{
    static const str under = STR_INIT("__");

    if (str_starts(text, STR("$")))
        return is_variable_name(str_from(text, 1));
    if (text.len > 2 && str_starts(text, STR("%")) && str_ends(text, STR("%")))
        return is_variable_name((str){ text.ptr + 1, text.len - 2 });
    return text.len > 2 * under.len && str_starts(text, under) && str_ends(text, under) &&
           is_variable_name(text);
}

/* Returns whether the text is a file path. A leading slash is not enough: base64 may begin with
 * one. */
static bool is_path(str text)
{
    for (size_t i = 0; i < COUNT(folders); i++)
        if (str_starts(text, folders[i]))
            return true;
    for (size_t i = 0; i < COUNT(file_endings); i++)
        if (str_ends(text, file_endings[i]) && !str_has(text, ' '))
            return true;
    return text.len > 3 && isalpha((unsigned char)text.ptr[0]) && text.ptr[1] == ':' &&
           text.ptr[2] == '\\'; /* of Windows */
}

/* Returns the letter in the spelling of sample_parts. */
static char sample_letter(char c)
{
    if (c == '_' || c == ' ')
        return '-';
    return (char)tolower((unsigned char)c);
}

/* Returns whether the text begins with the part, in any spelling. */
static bool begins_with_part(str text, str part)
{
    size_t i = 0;

    ensure(part.len > 0);
    while (i < part.len && i < text.len && sample_letter(text.ptr[i]) == part.ptr[i])
        i++;
    return i == part.len;
}

/* Returns whether the text is this character, at least eight times. */
static bool is_only(str text, char c)
{
    size_t i = 0;

    while (i < text.len && text.ptr[i] == c)
        i++;
    return i == text.len && i >= 8;
}

/* Returns whether the text contains a placeholder from documentation. */
static bool is_from_docs(str text)
{
    for (size_t at = 0; at < text.len; at++)
        for (size_t i = 0; i < COUNT(sample_parts); i++)
            if (begins_with_part(str_from(text, at), sample_parts[i]))
                return true;
    return is_only(text, 'x') || is_only(text, 'X') || is_only(text, '*');
}

/* Trims white space and line ends. */
static str trim_lines(str text)
{
    while (text.len > 0 && isspace((unsigned char)text.ptr[0]))
        text = str_from(text, 1);
    while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
        text.len--;
    return text;
}

const char *placeholder_describe(str text)
{
    text = trim_lines(text);
    const char *what = describe_form(text);
    if (what != NULL)
        return what;
    if (is_variable(text))
        return unreplaced;
    if (is_path(text))
        return path;
    return is_from_docs(text) ? from_docs : NULL;
}
