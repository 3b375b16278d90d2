"""An authority that never stops talking: Traefik read the answer of its auth server to the end, whatever its
length (CVE-2026-26998). on_data() of key_fetch.c has a limit of size, client_fetch() limits of time, so that an endless,
a dripping or a lying key server costs neither memory nor a thread, and the old keys stay in use."""
import threading
import time

import pytest

from agentos import config
from key_server import KeyServer


@pytest.fixture
def issuer():
    started = KeyServer()
    yield started
    started.stop()


def endless(handler, stop, piece=b" " * 65536, head=b"transfer-encoding: chunked\r\n"):
    """Writes until it is cut off, at most as much as would be noticed; how much went is left in the handler's server."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + head + b"\r\n")
    sent = 0
    try:
        while sent < 64 << 20 and not stop.is_set():
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if b"chunked" in head else piece)
            sent += len(piece)
    except OSError:
        pass
    handler.server.sent = sent


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024


HEADS = {"chunked": b"transfer-encoding: chunked\r\n", "until it closes": b"connection: close\r\n",
         "a length that lies": b"content-length: 99999999999\r\n"}


# docs/design/security.md 21
@pytest.mark.parametrize("name", HEADS)
def test_what_does_not_end_is_cut_off(serve, issuer, name):
    server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "audience": "test-os", "jwks_url": issuer.url + "/jwks"}]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    before, stop = resident(server.pid), threading.Event()
    issuer.server.sent = None
    issuer.answers["/jwks"] = lambda handler: endless(handler, stop, head=HEADS[name])
    try:
        assert server.get("/agents", headers=issuer.bearer(headers={"kid": "unknown"})).status_code == 401
        assert server.get("/agents", headers=issuer.bearer()).status_code == 200
        deadline = time.monotonic() + 10
        while issuer.server.sent is None:  # the writer notices that nobody reads
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert issuer.server.sent < 32 << 20
        assert resident(server.pid) - before < 24 << 20
        assert server.log.count("keys cannot be fetched") == 1
    finally:
        stop.set()


def test_a_set_just_below_the_limit_is_read(serve, issuer):
    whole = issuer.jwks()
    issuer.says("/jwks", 200, whole + " " * ((1 << 20) - len(whole) - 1))
    server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "audience": "test-os", "jwks_url": issuer.url + "/jwks"}]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
