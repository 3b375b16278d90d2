"""Malformed requests of every kind: a clear refusal each time, never a 5xx, a crash or a second answer."""
import random
import re

import pytest

from agentos import ADMIN, RUNNER, bearer, mint

GOOD = mint(scopes=ADMIN)

RAW = {
    # name: (request, acceptable statuses)
    "HTTP/0.9": (b"GET /health\r\n\r\n", {400}),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "no Host": (b"GET /health HTTP/1.1\r\n\r\n", {400}),
    "two Hosts": (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    "two lengths": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", {400}),
    "length and chunked": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "length with a plus": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", {400}),
    "length negative": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", {400}),
    "length too big to count": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", {400, 413}),
    "an unknown coding": (b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", {400, 501}),
    "bare LF": (b"GET /health HTTP/1.1\nHost: a\n\n", {400}),
    "bare CR": (b"GET /health HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", {400}),
    "NUL in a header": (b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", {400}),
    "NUL in the path": (b"GET /hea\0lth HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "obs-fold": (b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", {400}),
    "blank before colon": (b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n", {400}),
    "a chunk size with 0x": (b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", {400, 405}),
    "a huge header": (b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40000 + b"\r\n\r\n", {431}),
    "many headers": (b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", {431}),
    "a huge target": (b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414, 431}),
    "an unknown expectation": (b"POST /health HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\nx", {417}),
    "an unknown method": (b"BREW /health HTTP/1.1\r\nHost: a\r\n\r\n", {400, 405, 501}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100, {400}),
    "an absolute target of another kind": (b"GET ftp://x/ HTTP/1.1\r\nHost: a\r\n\r\n", {400, 401, 404}),
}


@pytest.mark.parametrize("name", RAW)
def test_a_bad_request_is_refused_once(server, name):
    """A valid request is pipelined behind it: it must not be answered."""
    request, statuses = RAW[name]
    answer = server.raw(request + b"GET /info HTTP/1.1\r\nHost: a\r\n\r\n", timeout=5)
    assert int(answer.split(b" ", 2)[1]) in statuses, answer[:300]
    if statuses == {400}:
        assert len(re.findall(rb"HTTP/1\.1 \d", answer)) == 1, answer
    assert server.is_alive()


def test_noise_neither_kills_nor_hangs_it(server):
    noise = random.Random(7)
    request = b"POST /agents/echo/runs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + GOOD.encode() + \
        b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 22\r\n\r\nmessage=x&stream=false"
    for _ in range(150):
        data = bytearray(request)
        for _ in range(noise.randint(1, 6)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        answer = server.raw(bytes(data), timeout=3)
        assert not answer or b"HTTP/1.1 5" not in answer[:12] or answer[9:12] in (b"501", b"505"), answer[:200]
    assert server.get("/health").status_code == 200


FORM = "application/x-www-form-urlencoded"
BODIES = {
    "escape cut": (FORM, b"message=%4"), "bad escape": (FORM, b"message=%zz"), "not UTF-8": (FORM, b"message=%ff%fe"),
    "NUL": (FORM, b"message=a%00b"), "many fields": (FORM, b"a=b&" * 5000 + b"message=x"),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "boundary not there": ("multipart/form-data; boundary=zzz", b"--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nx\r\n--x--"),
    "cut part": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nx"),
    "part without a name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
    "part header huge": ("multipart/form-data; boundary=x", b"--x\r\nX: " + b"y" * 20000 + b"\r\n\r\nx\r\n--x--\r\n"),
    "long boundary": ("multipart/form-data; boundary=" + "b" * 300, b"--x"),
    "JSON": ("application/json", b'{"message":"x"}'), "no type": (None, b"message=x"), "odd type": (";;;", b"message=x"),
    "session id too long": (FORM, b"message=x&stream=false&session_id=" + b"s" * 4000),
    "session id not UTF-8": (FORM, b"message=x&stream=false&session_id=%ff"),
    "session id empty": (FORM, b"message=x&stream=false&session_id="),
    "message too long": (FORM, b"message=" + b"m" * 700000),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_never_a_5xx(server, name):
    content_type, body = BODIES[name]
    headers = bearer(scopes=RUNNER)
    if content_type:
        headers["content-type"] = content_type
    answer = server.post("/agents/echo/runs", headers=headers, content=body)
    assert answer.status_code < 500 and server.is_alive(), answer.text
    if answer.status_code >= 400:
        assert answer.json()["detail"]


def test_a_body_over_the_limit_is_413(server):
    answer = server.raw(b"POST /agents/echo/runs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + GOOD.encode() +
                        b"\r\nContent-Type: " + FORM.encode() + b"\r\nContent-Length: 50000000\r\n\r\n" + b"message=" + b"x" * 10000,
                        half_close=False)
    assert b" 413 " in answer.split(b"\r\n", 1)[0]


def test_a_pipeline_is_answered_in_order(server):
    answer = server.raw(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 3 + b"GET /info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 4
    assert answer.rindex(b'"os_id"') > answer.rindex(b'"instantiated_at"')


def test_a_chunked_body_is_read(server):
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (b"mess", b"age=chu", b"nks&stream=false")) + b"0\r\n\r\n"
    answer = server.raw(b"POST /agents/echo/runs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " + GOOD.encode() +
                        b"\r\nContent-Type: " + FORM.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + body, half_close=False)
    assert b'"content":"Echo: chunks"' in answer
