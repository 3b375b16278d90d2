/* Serves the HTML page of GET /docs and GET /redoc. The page has no scripts and loads nothing. */
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "web/call.h"
#include "web/pages.h"
#include "web/policy.h"

/* Appends text, escaped for element content or a quoted attribute. */
static void append_escaped(buf *page, str text)
{
    for (size_t i = 0; i < text.len; i++)
        switch (text.ptr[i]) {
        case '<': buf_append(page, STR("&lt;")); break;
        case '>': buf_append(page, STR("&gt;")); break;
        case '&': buf_append(page, STR("&amp;")); break;
        case '"': buf_append(page, STR("&quot;")); break;
        default: buf_append_char(page, text.ptr[i]);
        }
}

/* Appends the scopes that the route requires, and its gate if that is another scope. */
static void append_demand(buf *page, const struct surface *surface, const struct access *access)
{
    str rest = str_of(access->scope), scope;

    ensure(access->kind != ACCESS_UNSTATED);
    if (access->kind == ACCESS_PUBLIC)
        buf_append(page, STR("public"));
    if (access->kind == ACCESS_TOKEN)
        buf_append(page, STR("any valid token"));
    if (access->kind == ACCESS_ADMIN) {
        buf_append(page, STR("<code>"));
        append_escaped(page, str_of(authority_admin_scope(surface->authority)));
        buf_append(page, STR("</code>"));
    }
    while (access_next(&rest, &scope)) {
        buf_append(page, STR("<code>"));
        append_escaped(page, scope);
        buf_append(page, STR("</code> "));
    }
    if (access->gate != NULL && (access->scope == NULL || strcmp(access->scope, access->gate) != 0))
        buf_printf(page, "<code>%s</code>", access->gate);
}

/* Appends one route as a table row. */
static void append_row(buf *page, const struct surface *surface, const struct route *row)
{
    ensure(row->summary != NULL && row->pattern != NULL);
    buf_printf(page, "<tr><td>%s</td><td><code>", method_name(row->method));
    append_escaped(page, str_of(row->pattern));
    buf_append(page, STR("</code></td><td>"));
    append_escaped(page, str_of(row->summary));
    buf_append(page, STR("</td><td>"));
    append_demand(page, surface, policy_access(surface->policy, row));
    buf_append(page, STR("</td></tr>\n"));
}

/* Appends the heading and the header row of a tag's table. `heading` is an element name. */
static void begin_table(buf *page, const char *tag, const char *heading)
{
    buf_printf(page, "<%s>%s</%s>\n", heading, tag, heading);
    buf_append(page, STR("<table>\n<tr><th>Method<th>Path<th>What<th>Scope</tr>\n"));
}

static void end_table(buf *page)
{
    buf_append(page, STR("</table>\n"));
}

/* Appends one table per tag, of the routes with a handler or of those without one. */
static void append_tables(buf *page, const struct surface *surface, bool built, const char *heading)
{
    const char *tag = ""; /* of the open table; "" if there is none */

    for (size_t i = 0; i < surface->count; i++) {
        const struct route *row = &surface->rows[i];

        ensure(row->tag != NULL);
        if ((row->answer != NULL) != built)
            continue;
        if (strcmp(tag, row->tag) != 0) {
            if (tag[0] != '\0')
                end_table(page);
            begin_table(page, row->tag, heading);
            tag = row->tag;
        }
        append_row(page, surface, row);
    }
    if (tag[0] != '\0')
        end_table(page);
}

/* Appends what this version does not support. */
static void append_unsupported(buf *page, const struct surface *surface)
{
    buf_append(page, STR("<h2 id=not-built>Not built</h2>\n<p>These routes answer 501 to callers "
                         "who may use them.</p>\n<div class=absent>\n"));
    append_tables(page, surface, false, "h3");
    buf_append(page, STR("</div>\n<ul>\n"));
    for (size_t i = 0; i < surface->absent_count; i++) {
        buf_append(page, STR("<li>"));
        append_escaped(page, str_of(surface->absent[i].name));
        buf_append(page, STR(": "));
        append_escaped(page, str_of(surface->absent[i].what));
        buf_append(page, STR("</li>\n"));
    }
    buf_append(page, STR("</ul>\n"));
}

static const str page_style =
    STR_INIT("body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
             "table{border-collapse:collapse;width:100%}"
             "td,th{text-align:left;padding:.2em .8em .2em 0;border-bottom:1px solid #8884}"
             ".absent{opacity:.55}code{font-size:.95em}"
             "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8cf}}");

static const struct header page_headers[] = {
    { STR_INIT("content-security-policy"),
      STR_INIT("default-src 'none'; style-src 'unsafe-inline'") },
    { STR_INIT("x-content-type-options"), STR_INIT("nosniff") },
};

/* Appends the page up to the first table. */
static void append_beginning(buf *page, const char *title)
{
    ensure(title != NULL);
    buf_append(page, STR("<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>"));
    append_escaped(page, str_of(title));
    buf_append(page, STR("</title>\n<meta name=viewport content=\"width=device-width\">\n<style>"));
    buf_append(page, page_style);
    buf_append(page, STR("</style>\n<h1>"));
    append_escaped(page, str_of(title));
    buf_append(
        page,
        STR("</h1>\n<p>The machine-readable description is <a href=\"/openapi.json\">/openapi.json"
            "</a>. Send <code>Authorization: Bearer TOKEN</code>.</p>\n"));
}

/* Answers with the page. */
void docs_get(struct call *call)
{
    const struct surface *surface = call->surface;
    AUTO_BUF page = buf_with_limit(OUTPUT_MAX_BYTES);

    append_beginning(&page, surface->title);
    append_tables(&page, surface, true, "h2");
    append_unsupported(&page, surface);
    call_reply(call, &(struct reply){ .status = 200,
                                      .content_type = "text/html; charset=utf-8",
                                      .headers = page_headers,
                                      .header_count = COUNT(page_headers),
                                      .body = buf_view(&page) });
}

void redoc_get(struct call *call)
{
    docs_get(call);
}

/* The contract has this path, but the page has no sign-in. */
void oauth2_redirect_get(struct call *call)
{
    docs_get(call);
}
