"""Connections that say nothing, where few are allowed: they give way to clients with a request, and a run that is under
way is never cut for them."""
import re
import resource
import socket
import subprocess
import threading

import httpx

import agentos
from agentos import ADMIN, RUNNER, bearer, config

LIMIT = 192  # descriptors: 64 beyond those that are kept back, two for each client


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=5)


def closed(server, why):
    text = server.http.get("/-/metrics", headers=bearer(scopes=ADMIN)).text
    return int(re.search(r'^agentos_http_closed_total\{why="%s"\} (\d+)$' % why, text, re.M).group(1))


def limited(serve, monkeypatch, **options):
    """The server takes the hard limit of its process."""
    real = subprocess.Popen
    monkeypatch.setattr(agentos.subprocess, "Popen",
                        lambda *a, **n: real(*a, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT)), **n))
    try:
        return serve(config(**options), arguments=("--loops", "1"))
    finally:
        monkeypatch.undo()


def test_silent_connections_do_not_lock_others_out(serve, monkeypatch):
    server = limited(serve, monkeypatch)
    answers = []

    def run():
        with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
            answers.append(client.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "/slow 60"}).text)

    runner = threading.Thread(target=run)
    runner.start()
    while 'agentos_open_runs 1' not in server.http.get("/-/metrics", headers=bearer(scopes=ADMIN)).text:
        pass
    silent = [connect(server) for _ in range(100)]
    for _ in range(5):
        assert httpx.get(f"{server.url}/agents", headers=bearer(), trust_env=False).status_code == 200
    slow = []
    for _ in range(60):  # heads that never end
        slow.append(connect(server))
        slow[-1].sendall(b"GET /agents HTTP/1.1\r\nHost: localh")
    for _ in range(5):
        assert httpx.get(f"{server.url}/agents", headers=bearer(), trust_env=False).status_code == 200
    assert closed(server, "made_room") > 50
    runner.join(20)
    assert "event: RunCompleted" in answers[0]
    for connection in silent + slow:
        connection.close()


def test_an_address_may_have_a_limit(serve):
    server = serve(config(limits={"connections_per_address": 3}))
    assert server.get("/health").status_code == 200  # keeps one
    two = [connect(server), connect(server)]
    for connection in two:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    third = connect(server)
    try:
        assert third.recv(4096) == b""
    except ConnectionResetError:
        pass
    assert server.get("/health").status_code == 200
    assert closed(server, "turned_away") == 1
    two[0].close()
    for _ in range(500):
        again = connect(server)
        again.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            if again.recv(4096).startswith(b"HTTP/1.1 200"):
                break
        except ConnectionResetError:
            pass
    else:
        raise AssertionError("the place was not given back")
