"""`Connection: NAME` takes the header NAME away at the next hop: with it callers of Traefik removed what the
proxy had added (CVE-2024-45410, GO-2026-4597). headers_find() reads what arrived, and Connection decides nothing but
whether the connection stays: no header that identifies is missing because another says so, and none is added."""
import pytest

from agentos import bearer

NAMES = ["Authorization", "authorization", "Cookie", "Host", "Content-Length", "X-Real-Ip", "X-Forwarded-For", "Origin",
         "Sec-Fetch-Site", "Upgrade, Authorization", "keep-alive, Authorization, TE"]


@pytest.mark.parametrize("name", NAMES)
def test_connection_takes_no_header_away(server, name):
    assert server.get("/agents", headers={"connection": name}).status_code == 401
    assert server.get("/agents", headers={"connection": name, **bearer()}).status_code == 200
    assert server.get("/sessions", headers={"connection": name, **bearer()}).status_code == 403


@pytest.mark.parametrize("name", ["Authorization", "Host", "Content-Length", "Transfer-Encoding"])
def test_a_trailer_identifies_nobody(server, name):
    value = {"Authorization": bearer()["authorization"], "Host": "localhost", "Content-Length": "0", "Transfer-Encoding": "chunked"}
    answer = server.raw(f"GET /agents HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: {name}\r\n\r\n"
                        f"0\r\n{name}: {value[name]}\r\n\r\n".encode(), half_close=False)
    assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400")), answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1
