/* Formats log lines as text or JSON, with all values escaped. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/log_internal.h"
#include "base/mem.h"

enum { VALUE_MAX_BYTES = 1024 }; /* a dozen of these fit in LOG_LINE_MAX_BYTES */

/* Both are set once by log_setup, before any threads start. */
static enum log_level threshold = LOG_INFO;
static enum log_format shape = LOG_TEXT;

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"
};

void log_setup(enum log_level least, enum log_format format)
{
    threshold = least;
    shape = format;
}

bool log_is_on(enum log_level level)
{
    return level >= threshold;
}

/* Returns whether the text begins with U+0080 to U+009F, which terminals may interpret. */
static bool begins_with_c1_control(str text)
{
    return text.len >= 2 && (unsigned char)text.ptr[0] == 0xC2 && (unsigned char)text.ptr[1] < 0xA0;
}

/* Returns the length of the UTF-8 character that begins with this byte. */
static size_t utf8_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xE0)
        return 2;
    return lead < 0xF0 ? 3 : 4;
}

/* Appends the first character, escaped, and returns its length in the text. */
static size_t append_escaped_char(buf *line, str text, bool is_utf8)
{
    ensure(text.len > 0);
    unsigned char c = (unsigned char)text.ptr[0];

    if (c < 0x20 || c == 0x7F || (c >= 0x80 && !is_utf8)) {
        buf_printf(line, "\\u%04x", c);
        return 1;
    }
    if (begins_with_c1_control(text)) {
        buf_printf(line, "\\u%04x", (unsigned char)text.ptr[1]);
        return 2;
    }
    if (c == '"' || c == '\\')
        buf_append_char(line, '\\');
    size_t len = utf8_length(c);
    ensure(len <= text.len);
    buf_append(line, (str){ text.ptr, len });
    return len;
}

/* Appends an escaped value, truncated with "..." after VALUE_MAX_BYTES. */
static void append_escaped(buf *line, str text)
{
    bool is_utf8 = str_is_utf8(text);
    size_t end = line->len + VALUE_MAX_BYTES; /* the last character may exceed it slightly */

    while (text.len > 0 && line->len < end)
        text = str_from(text, append_escaped_char(line, text, is_utf8));
    if (text.len > 0)
        buf_append(line, STR("..."));
}

/* Returns whether the value needs no quotes in a text line. */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || str_has(STR("\"\\=\x7F"), text.ptr[i]))
            return false;
    return text.len > 0;
}

/* Appends a field as " name=value" or " name=\"value\"". */
static void append_text_field(buf *line, const struct log_field *field)
{
    ensure(field->name != NULL);
    buf_printf(line, " %s=", field->name);
    if (field->is_number) {
        buf_printf(line, "%lld", (long long)field->number);
    } else if (is_plain(field->text)) {
        append_escaped(line, field->text);
    } else {
        buf_append_char(line, '"');
        append_escaped(line, field->text);
        buf_append_char(line, '"');
    }
}

/* Appends a field as a JSON member after a comma. */
static void append_json_field(buf *line, const struct log_field *field)
{
    ensure(field->name != NULL);
    buf_printf(line, ",\"%s\":", field->name);
    if (field->is_number) {
        buf_printf(line, "%lld", (long long)field->number);
        return;
    }
    buf_append_char(line, '"');
    append_escaped(line, field->text);
    buf_append_char(line, '"');
}

/* Appends a field in the configured format. */
static void append_field(buf *line, const struct log_field *field)
{
    if (shape == LOG_JSON)
        append_json_field(line, field);
    else
        append_text_field(line, field);
}

/* Appends the time, the level and the event. */
static void begin_line(buf *line, enum log_level level, const char *event)
{
    char time[CLOCK_TEXT_SIZE];

    ensure((size_t)level < COUNT(level_names) && event != NULL);
    (void)clock_iso8601_us(clock_now_us(), time);
    buf_printf(line,
               shape == LOG_JSON ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"" : "%s %s ",
               time, level_names[level]);
    append_escaped(line, str_of(event));
    if (shape == LOG_JSON)
        buf_append_char(line, '"');
}

static void end_line(buf *line)
{
    buf_append(line, shape == LOG_JSON ? STR("}\n") : STR("\n"));
    ensure(buf_ok(line)); /* see LOG_LINE_MAX_BYTES */
}

/* Writes a line with the fields, and with not_logged unless it is 0. */
static void write_line(enum log_level level, const char *event, const struct log_field *fields,
                       uint64_t not_logged)
{
    AUTO_BUF line = buf_with_limit(LOG_LINE_MAX_BYTES);
    const struct log_field last = log_int("not_logged", (int64_t)not_logged);

    ensure(fields != NULL);
    begin_line(&line, level, event);
    for (; fields->name != NULL; fields++)
        append_field(&line, fields);
    if (not_logged > 0)
        append_field(&line, &last);
    end_line(&line);
    log_put(buf_view(&line), level >= LOG_WARNING);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (log_is_on(level))
        write_line(level, event, fields, 0);
}

/* Returns the value of the field `why`, or an empty text. */
static str find_why(const struct log_field *fields)
{
    for (; fields->name != NULL; fields++)
        if (strcmp(fields->name, "why") == 0)
            return fields->text;
    return STR("");
}

void log_write_seldom(enum log_level level, const char *event, const struct log_field *fields)
{
    uint64_t held_back = 0;

    ensure(event != NULL && fields != NULL);
    if (!log_is_on(level) ||
        !log_limit_pass(str_of(event), find_why(fields), clock_monotonic_ns(), &held_back))
        return;
    write_line(level, event, fields, held_back);
}

void log_always(const char *event, const struct log_field *fields)
{
    write_line(LOG_INFO, event, fields, 0);
}

void log_plain(str text)
{
    AUTO_BUF line = buf_with_limit(LOG_LINE_MAX_BYTES);

    buf_append(&line, str_cut(text, LOG_LINE_MAX_BYTES - 1));
    buf_append_char(&line, '\n');
    log_put(buf_view(&line), true);
}

void log_format_dropped(uint64_t lines, buf *line)
{
    const struct log_field count = log_int("lines", (int64_t)lines);

    begin_line(line, LOG_WARNING, "log lines were dropped");
    append_field(line, &count);
    end_line(line);
}
