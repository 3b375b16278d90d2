/* What two parsers could read differently is refused, the connection closed, and nothing that
 * follows on it is looked at. Every refused case is followed by a request that must not be
 * answered. */
#include "base/mem.h"

#include "probe.h"

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST_    "POST / HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED  POST_ "Transfer-Encoding: chunked\r\n\r\n"

struct verify_call {
    const char *name;
    str request;
    int status;
};

#define TRY_(name, bytes, status)     \
    {                                 \
        name, STR_INIT(bytes), status \
    }

// clang-format off
static const struct verify_call refused[] = {
    TRY_("repeated length",       POST_ "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    TRY_("differing lengths",     POST_ "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    TRY_("a list of lengths",     POST_ "Content-Length: 3, 3\r\n\r\nabc", 400),
    TRY_("signed length",         POST_ "Content-Length: +3\r\n\r\nabc", 400),
    TRY_("negative length",       POST_ "Content-Length: -3\r\n\r\nabc", 400),
    TRY_("hexadecimal length",    POST_ "Content-Length: 0x3\r\n\r\nabc", 400),
    TRY_("empty length",          POST_ "Content-Length:\r\n\r\nabc", 400),
    TRY_("endless length",        POST_ "Content-Length: 99999999999999999999\r\n\r\nabc", 400),
    TRY_("length and coding",     POST_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    TRY_("coding and length",     POST_ "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
    TRY_("coding twice",          POST_ "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    TRY_("other coding",          POST_ "Transfer-Encoding: gzip\r\n\r\n", 501),
    TRY_("coding before chunked", POST_ "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    TRY_("chunked not last",      POST_ "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    TRY_("disguised chunked",     POST_ "Transfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n", 400),
    TRY_("quoted chunked",        POST_ "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 501),
    TRY_("coding in HTTP/1.0",    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    TRY_("bare LF everywhere",    "GET / HTTP/1.1\nHost: x\n\n", 400),
    TRY_("bare LF in a header",   "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
    TRY_("bare LF at the end",    "GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
    TRY_("bare CR as an end",     "GET / HTTP/1.1\rHost: x\r\r", 400),
    TRY_("bare CR in a value",    "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400),
    TRY_("CR CR LF",              "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", 400),
    TRY_("NUL in a value",        "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
    TRY_("NUL in a name",         "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n", 400),
    TRY_("NUL in the target",     "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("continuation line",     "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    TRY_("tab continuation",      "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc: d\r\n\r\n", 400),
    TRY_("first line folded",     "GET / HTTP/1.1\r\n Host: x\r\nHost: y\r\n\r\n", 400),
    TRY_("blank before a colon",  POST_ "Content-Length : 3\r\n\r\nabc", 400),
    TRY_("tab before a colon",    POST_ "Content-Length\t: 3\r\n\r\nabc", 400),
    TRY_("no colon",              "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
    TRY_("no name",               "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400),
    TRY_("control in a value",    "GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400),
    TRY_("chunk size 0x",         CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("chunk size signed",     CHUNKED "+3\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("chunk size negative",   CHUNKED "-3\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("blank before a size",   CHUNKED " 3\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("blank after a size",    CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 400),
    TRY_("empty size",            CHUNKED "\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("size ends in LF",       CHUNKED "3\nabc\r\n0\r\n\r\n", 400),
    TRY_("extension ends in LF",  CHUNKED "3;a\nabc\r\n0\r\n\r\n", 400),
    TRY_("CR in an extension",    CHUNKED "3;a\rb\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("size overflows",        CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n", 400),
    TRY_("chunk without CRLF",    CHUNKED "3\r\nabc0\r\n\r\n", 400),
    TRY_("chunk ends in LF",      CHUNKED "3\r\nabc\n0\r\n\r\n", 400),
    TRY_("body ends in LF",       CHUNKED "3\r\nabc\r\n0\r\n\n", 400),
    TRY_("trailer ends in LF",    CHUNKED "0\r\nA: b\n\r\n", 400),
    TRY_("trailer is folded",     CHUNKED "0\r\nA: b\r\n c\r\n\r\n", 400),
    TRY_("no Host",               "GET / HTTP/1.1\r\n\r\n", 400),
    TRY_("two Hosts",             "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
    TRY_("Host with a blank",     "GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400),
    TRY_("Host with a path",      "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    TRY_("Host with a word for a port", "GET / HTTP/1.1\r\nHost: x:http\r\n\r\n", 400),
    TRY_("Host with two ports",   "GET / HTTP/1.1\r\nHost: x:80:81\r\n\r\n", 400),
    TRY_("Host with a high port", "GET / HTTP/1.1\r\nHost: x:65536\r\n\r\n", 400),
    TRY_("Host, negative port",   "GET / HTTP/1.1\r\nHost: x:-1\r\n\r\n", 400),
    TRY_("Host of a port alone",  "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400),
    TRY_("Host, open bracket",    "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    TRY_("Host, bare IPv6",       "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400),
    TRY_("Host, text behind",     "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400),
    TRY_("another authority",     "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("HTTP/0.9",              "GET /\r\n", 400),
    TRY_("HTTP/2 preface",        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    TRY_("HTTP/1.2",              "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400),
    TRY_("HTTP/11",               "GET / HTTP/11\r\nHost: x\r\n\r\n", 400),
    TRY_("lower-case version",    "GET / http/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("two blanks",            "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("tab for a blank",       "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("blank at the end",      "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
    TRY_("blank in the target",   "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("fragment",              "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("unencoded byte",        "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("no slash",              "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("asterisk for GET",      "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("unknown method",        "NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    TRY_("lower-case method",     "get / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    TRY_("beginning of a method", "GE / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    TRY_("more than a method",    "GETS / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    TRY_("malformed method",      "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("CONNECT",               "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", 405),
    TRY_("unknown expectation",   POST_ "Expect: tea\r\nContent-Length: 3\r\n\r\nabc", 417),
    TRY_("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    TRY_("TLS",                   "\x16\x03\x01\x02\x00\x01\x00\n", 400),
};

static const struct verify_call accepted[] = {
    TRY_("plain",                 "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    TRY_("body by length",        POST_ "Content-Length: 3\r\n\r\nabc", 200),
    TRY_("no body by length",     POST_ "Content-Length: 0\r\n\r\n", 200),
    TRY_("body by chunks",        POST_ "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200),
    TRY_("chunk sizes in hex",    CHUNKED "A\r\n0123456789\r\n00a\r\n0123456789\r\n0\r\n\r\n", 200),
    TRY_("chunk extension",       CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", 200),
    TRY_("trailers",              CHUNKED "3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n", 200),
    TRY_("blanks around a value", "GET / HTTP/1.1\r\nHost:\t x \t\r\n\r\n", 200),
    TRY_("empty value",           "GET / HTTP/1.1\r\nHost: x\r\nA:\r\n\r\n", 200),
    TRY_("Latin-1 value",         "GET / HTTP/1.1\r\nHost: x\r\nA: \xe9\r\n\r\n", 200),
    TRY_("own authority",         "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    TRY_("asterisk",              "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    TRY_("upgrade is ignored",    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
    TRY_("upgrade with a body",   POST_ "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc", 200),
    TRY_("an empty line first",   "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    TRY_("IPv6 host",             "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
    TRY_("the highest port",      "GET / HTTP/1.1\r\nHost: x:65535\r\n\r\n", 200),
    TRY_("an empty port",         "GET / HTTP/1.1\r\nHost: x:\r\n\r\n", 200),
    TRY_("an empty Host",         "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200),
    TRY_("another known method",  "PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
};
// clang-format on

static buf followed(str request)
{
    buf all = buf_with_limit(1 * MiB);

    buf_append(&all, request);
    buf_append(&all, STR(SMUGGLED));
    return all;
}

static void what_is_ambiguous_is_refused_once_and_nothing_after_it_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        AUTO_BUF request = followed(refused[i].request);
        AUTO_BUF got = probe_ask(&probe, buf_view(&request), false);

        if (probe_status(&got) != refused[i].status || probe_answers(&got) != 1)
            print_error("%s: %s\n", refused[i].name, buf_view(&got).ptr);
        assert_int_equal(probe_status(&got), refused[i].status);
        assert_int_equal(probe_answers(&got), 1);
        assert_int_equal(atomic_load(&probe.refused_status), refused[i].status);
        assert_true(str_contains(buf_view(&got), STR("{\"detail\":\"")));
        assert_true(str_contains(buf_view(&got), STR("\r\nconnection: close\r\n")));
        assert_false(str_contains(buf_view(&got), STR("smuggled")));
    }
    assert_int_equal(atomic_load(&probe.requests), 0);
}

static void what_is_clear_is_answered_and_so_is_what_follows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        AUTO_BUF request = followed(accepted[i].request);
        AUTO_BUF got = probe_ask(&probe, buf_view(&request), true);

        if (probe_status(&got) != accepted[i].status || probe_answers(&got) != 2)
            print_error("%s: %s\n", accepted[i].name, buf_view(&got).ptr);
        assert_int_equal(probe_status(&got), accepted[i].status);
        assert_int_equal(probe_answers(&got), 2);
        assert_true(str_contains(buf_view(&got), STR("<GET /smuggled||>")));
    }
}

static void the_judgement_does_not_depend_on_how_the_bytes_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        AUTO_BUF got = buf_with_limit(1 * MiB);
        int fd = probe_connect(&probe);

        for (size_t at = 0; at < refused[i].request.len && !probe_is_readable(fd, 0); at++)
            probe_send(fd, (str){ refused[i].request.ptr + at, 1 });
        probe_send(fd, STR("\r\n\r\n" SMUGGLED));
        probe_read_all(fd, &got);
        assert_int_equal(probe_status(&got), refused[i].status);
        assert_int_equal(probe_answers(&got), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ambiguous_is_refused_once_and_nothing_after_it_is_answered),
        cmocka_unit_test(what_is_clear_is_answered_and_so_is_what_follows),
        cmocka_unit_test(the_judgement_does_not_depend_on_how_the_bytes_arrive),
    };
    return run_with_probe(tests, .on_request = probe_echo);
}
