"""Clients that ask for large answers and do not read them: what they hold is limited, and others are served."""
import socket
import time

import pytest

import agentos
from agentos import ADMIN, PROGRAM, RUNNER, bearer, config

SANITIZED = b"__asan_init" in open(PROGRAM, "rb").read()


def resident_mb(server):
    with open(f"/proc/{server.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def ask(server, request, rcvbuf=4096):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(request)
    return connection


@pytest.fixture
def fat(serve):
    """A server with a session whose runs are an answer of some megabytes."""
    server = serve(config(database="sqlite:fat.db"), arguments=("--loops", "1"))
    message = "x" * 200_000
    for _ in range(16):
        server.run(message, agent="plain", session_id="fat", headers=bearer("ann", scopes=RUNNER))
    return server


def test_answers_that_nobody_reads_are_limited(fat):
    headers = bearer("ann", scopes=RUNNER)
    whole = fat.get("/sessions/fat/runs?type=agent", headers=headers)
    assert whole.status_code == 200 and len(whole.content) > 4_000_000
    request = (f"GET /sessions/fat/runs?type=agent HTTP/1.1\r\nHost: localhost\r\nAuthorization: {headers['authorization']}\r\n\r\n")
    hostile = [ask(fat, request.encode()) for _ in range(40)]
    pipelined = [ask(fat, request.encode() * 20) for _ in range(4)]  # one answer at a time
    deadline = time.monotonic() + 30
    metric = 'agentos_http_closed_total{why="too_slow"} '
    while True:
        text = fat.get("/-/metrics", headers=bearer(scopes=ADMIN)).text
        dropped = int(next(line for line in text.splitlines() if line.startswith(metric)).split()[-1])
        connections = int(next(line for line in text.splitlines() if line.startswith("agentos_http_connections ")).split()[-1])
        if dropped >= 20 and connections < 24:
            break
        assert time.monotonic() < deadline, (dropped, connections)
        time.sleep(0.1)
    again = fat.get("/sessions/fat/runs?type=agent", headers=headers)  # who reads gets it whole
    assert again.content == whole.content
    for connection in hostile + pipelined:
        connection.close()


def test_a_stream_that_nobody_reads_holds_little(serve):
    server = serve(config(), arguments=("--loops", "1"))
    headers = bearer("ann", scopes=RUNNER)
    body = b"message=" + b"word+" * 40_000
    request = (f"POST /agents/plain/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: {headers['authorization']}\r\n"
               f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    before = resident_mb(server)
    readers = [ask(server, request) for _ in range(20)]
    time.sleep(2)
    assert server.get("/health").status_code == 200
    held = resident_mb(server) - before
    for reader in readers:
        reader.close()
    if not SANITIZED:  # sanitizers keep what was freed
        assert held < 100
