/* Checks the options of an HTTP model and writes the members shared by all APIs. */
#include "base/host_port.h"
#include "base/limits.h"
#include "base/mem.h"
#include "model/provider_call.h"

/* Checks base_url. The message does not quote a URL with credentials. */
MUST_USE static agentos_status check_url(str url, agentos_error *err)
{
    static const str schemes[] = { STR_INIT("https://"), STR_INIT("http://") };
    str host = STR("");

    for (size_t i = 0; i < COUNT(schemes); i++) {
        str rest = url;

        if (str_starts(url, schemes[i])) {
            rest = str_from(url, schemes[i].len);
            host = str_split(&rest, '/');
        }
    }
    if (str_has(host.len > 0 ? host : url, '@')) /* not quoted: it may contain a password */
        return fail(err, AGENTOS_INVALID, "base_url contains credentials; use api_key instead");
    if (host.len == 0)
        return fail(err, AGENTOS_INVALID, "base_url " QUOTED " is not an http or https URL",
                    QUOTE(url));
    if (!host_port_is_valid(host))
        return fail(err, AGENTOS_INVALID, "base_url " QUOTED " has no valid host", QUOTE(url));
    if (!str_is_visible(url) || str_has(url, '?') || str_has(url, '#'))
        return fail(err, AGENTOS_INVALID,
                    "base_url " QUOTED " contains a query, a fragment, a space or non-ASCII bytes",
                    QUOTE(url));
    return AGENTOS_OK;
}

MUST_USE static agentos_status check_numbers(const struct model_options *options,
                                             agentos_error *err)
{
    if (options->retries > RETRIES_MAX)
        return fail(err, AGENTOS_INVALID, "retries is more than %d", RETRIES_MAX);
    if (options->timeout_s < 0 || options->max_output_tokens < 0)
        return fail(err, AGENTOS_INVALID, "timeout_s and max_output_tokens must not be negative");
    if (options->idle_ms < 0 || options->retry_base_ms < 0)
        return fail(err, AGENTOS_INVALID, "idle_ms and retry_base_ms must not be negative");
    return AGENTOS_OK;
}

/* Checks the options and sets the request URL. */
agentos_status provider_prepare(struct model *model, agentos_error *err)
{
    const struct model_options *options = &model->options;
    const struct dialect *dialect = model->provider->dialect;

    ensure(dialect != NULL);
    ensure(dialect->default_url != NULL);
    str url = str_of(options->base_url != NULL ? options->base_url : dialect->default_url);
    TRY(check_url(url, err));
    TRY(check_numbers(options, err));
    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    model->url = arena_printf(model->memory, "%.*s%s", (int)url.len, url.ptr, dialect->path);
    return AGENTOS_OK;
}

/* Writes the parts as a list of {"type", "text"}. */
static void write_parts(const struct model_message *message, const char *text_type, writer *w)
{
    write_array(w);
    for (size_t i = 0; i < message->part_count; i++) {
        ensure(message->parts[i].kind == MODEL_PART_TEXT);
        write_object(w);
        write_member(w, "type", text_type);
        write_key(w, "text");
        write_str(w, message->parts[i].text);
        write_end(w);
    }
    write_end(w);
}

/* Writes "content": a single text as a string, several parts as a list. */
void provider_write_content(const struct model_message *message, const char *text_type, writer *w)
{
    ensure(message->parts != NULL || message->part_count == 0);
    write_key(w, "content");
    if (message->part_count == 1 && message->parts[0].kind == MODEL_PART_TEXT)
        write_str(w, message->parts[0].text);
    else
        write_parts(message, text_type, w);
}

/* Writes the sampling options that are set. */
void provider_write_options(const struct model *model, const char *max_tokens_name, writer *w)
{
    const struct model_options *options = &model->options;

    if (options->temperature >= 0)
        write_member_real(w, "temperature", options->temperature);
    if (options->top_p >= 0)
        write_member_real(w, "top_p", options->top_p);
    if (options->max_output_tokens > 0)
        write_member_int(w, max_tokens_name, options->max_output_tokens);
}
