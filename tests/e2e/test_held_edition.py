"""A call that waits while the configuration is read again goes on with the edition that it began with, or decides
again by the new one; it never uses what was freed (CWE-416). The build with sanitizers ends the server at the first
use of freed memory; any build answers what is expected here."""
import contextlib
import fcntl
import json
import signal
import socket
import sqlite3
import struct
import threading
import time

import pytest
from agentos import ADMIN, PLANTED, SECRET, authorization, bearer, config, mint

INTERNAL = "internal-token-0123456789-0123456789-0123"
PLANTED.add(INTERNAL)


def options(**more):
    return config(database="sqlite:./held.db", internal_service_token=INTERNAL, **more)


@pytest.fixture
def server(serve):
    return serve(options(cors_origins=["https://app.example"]))


def caller(token):
    return {"authorization": f"Bearer {token}", "origin": "https://app.example"}


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def reload(server, times=2):
    """Twice: what the first one left alive for a moment is gone after the second."""
    for _ in range(times):
        before = server.log.count("info reloaded")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: server.log.count("info reloaded") > before)


@contextlib.contextmanager
def held_writer(server):
    """Every write of the server waits until the block ends."""
    other = sqlite3.connect(server.folder / "held.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextlib.contextmanager
def held_readers(server):
    """Every read waits: the five read locks of the write-ahead log (bytes 123 to 127 of the -shm file) are taken."""
    with open(server.folder / "held.db-shm", "r+b") as shared:
        fcntl.lockf(shared, fcntl.LOCK_EX, 5, 123)
        yield


def in_background(request):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(request()))
    thread.start()
    return thread, answers


def open_requests(server):
    text = server.get("/-/metrics", headers=bearer(scopes=ADMIN)).text
    return int(next(line.split()[-1] for line in text.splitlines() if line.startswith("agentos_http_open_requests ")))


def across_a_reload(server, held, request):
    """The answer to a request whose database work is held until the configuration was read twice."""
    with held(server):
        thread, answers = in_background(request)
        until(lambda: open_requests(server) >= 2)
        reload(server)
    thread.join()
    return answers[0]


@pytest.mark.parametrize("path", ["/agents/echo/runs?session_id={0}", "/agents/echo/runs/{1}?session_id={0}"])
def test_a_read_of_the_internal_caller_is_answered_after_a_reload(server, path):
    """That caller's principal is part of the edition; the access log names it when the answer goes."""
    run = server.run("kept", headers=caller(INTERNAL))
    answer = across_a_reload(server, held_readers, lambda: server.get(
        path.format(run["session_id"], run["run_id"]), headers=caller(INTERNAL)))
    assert (answer.status_code, "Echo: kept" in answer.text) == (200, True)
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "user=__scheduler__" in server.log.strip().splitlines()[-1]


def test_a_change_that_waits_for_the_writer_is_answered_after_a_reload(server):
    """PATCH asks twice: its second question needs the caller again."""
    headers = caller(mint(scopes=ADMIN))
    made = server.post("/sessions", headers=headers, json={"session_name": "before"}).json()["session_id"]
    answer = across_a_reload(server, held_writer, lambda: server.http.patch(
        f"/sessions/{made}", headers=headers, json={"session_name": "after"}))
    assert (answer.status_code, answer.json()["session_name"]) == (200, "after")
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


def test_a_run_that_waits_for_the_writer_ends_after_a_reload(server):
    answer = across_a_reload(server, held_writer, lambda: server.post("/agents/echo/runs", headers=caller(INTERNAL),
                                                         data={"message": "held", "stream": "false"}))
    assert (answer.status_code, answer.json()["content"]) == (200, "Echo: held")


def test_an_account_is_made_after_a_reload(server):
    headers = caller(mint(scopes=ADMIN))
    answer = across_a_reload(server, held_writer, lambda: server.post("/service-accounts", headers=headers, json={
        "name": "held", "scopes": [{"scope": "agents:read"}]}))
    assert answer.status_code == 201, answer.text


def test_who_leaves_while_the_configuration_changes_leaves_nothing_behind(server):
    """The write goes on without its caller; its task still has what it borrowed."""
    body = json.dumps({"session_name": "left"}).encode()
    with held_writer(server):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(b"POST /sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                           b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n" % (mint(scopes=ADMIN).encode(), len(body)) + body)
        until(lambda: open_requests(server) >= 2)
        connection.close()
        reload(server)
    until(lambda: server.get("/sessions", headers=bearer(scopes=ADMIN)).json()["meta"]["total_count"] == 1)


def test_a_body_that_comes_slowly_is_judged_by_the_new_keys(serve):
    """The call goes on with its own edition, but not with rights that were withdrawn meanwhile."""
    server = serve(options())
    body = json.dumps({"session_name": "slow"}).encode()
    head = (b"POST /sessions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n" % (mint(scopes=ADMIN).encode(), len(body)))
    answers = []
    for keys in ([SECRET], ["another-secret-0123456789-0123456789-01"]):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(head + body[:5])
            until(lambda: server.get("/health").status_code == 200)
            server.file.write_text(json.dumps(options(authorization=authorization(verification_keys=keys))))
            reload(server)
            connection.sendall(body[5:])
            answers.append(connection.recv(65536).split()[1])
    PLANTED.add("another-secret-0123456789-0123456789-01")
    assert answers == [b"201", b"401"]
