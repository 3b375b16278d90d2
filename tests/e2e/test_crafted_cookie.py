"""Cookies that were never set: mod_auth_openidc split one into as many parts as it said it had
(CVE-2024-24814), and followed a pointer that was not there when one had no value (CVE-2023-28625). cookie_find()
looks at a bounded number, copies nothing and believes no count; what it finds is a token or nothing."""
import pytest

import agentos
from agentos import authorization, bearer, config, mint

COOKIES = [
    b"", b"=", b";", b";;;;", b"access_token", b"access_token=", b"access_token==", b"access_token;", b"=access_token",
    b"access_token=\"", b"access_token=\"\"", b"access_token=\"x", b"access_token=; access_token=", b"access_token=" + b"a" * 17000,
    b"access_token_chunks=2147483647; access_token_0=x", b"access_token_chunks=-1", b"access_token_chunks=99999999999999999999",
    b"mod_auth_openidc_session_chunks=1000000", b"a=b; " * 4000, b"=;" * 9000, b"access_token" * 1500, b"access_token=a.b.c; $Path=/",
    b"$Version=1; access_token=x", b"access_token=%00", b"access_token=\xff\xfe", b"access_token={\"a\":1}", b"access_token=a,b",
    b"access_token=Bearer x", b"; access_token", b"access_token \t=\t x", b"\tx", b"access_token=" + b";" * 8000,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("cookies"), config(
        cors_origins=["https://app.example"], authorization=authorization(token_source="both")))
    yield shared
    shared.stop()


def ask(server, *cookies, extra=b""):
    lines = b"".join(b"Cookie: " + cookie + b"\r\n" for cookie in cookies)
    answer = server.raw(b"GET /agents HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + lines + extra + b"\r\n", half_close=False)
    assert answer.count(b"HTTP/1.1 ") == 1
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("cookie", COOKIES, ids=lambda cookie: cookie[:24].decode("latin1") + f" {len(cookie)}")
def test_a_crafted_cookie_is_refused_and_ends_nothing(server, cookie):
    good = b"access_token=" + mint().encode()
    assert ask(server, cookie) in (400, 401, 431)
    assert ask(server, cookie, cookie) in (400, 401, 431)
    assert server.is_alive()
    assert ask(server, good) == 200
    assert ask(server, cookie, extra=b"Authorization: " + bearer()["authorization"].encode() + b"\r\n") in (200, 400, 431)


def test_many_cookies_before_the_good_one(server):
    good = b"access_token=" + mint().encode()
    assert ask(server, b"a=b; " * 20 + good) == 200
    assert ask(server, b"a=b; " * 4000 + good) in (401, 431)
    assert ask(server, *[b"x=y"] * 200, good) in (401, 431)
