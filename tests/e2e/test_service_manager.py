"""What passes between the server and systemd: readiness (sd_notify), and a socket that outlives the server."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import httpx
import pytest

import agentos
from agentos import PROGRAM, config



@contextlib.contextmanager
def listening(family=socket.AF_INET, address=("127.0.0.1", 0), kind=socket.SOCK_STREAM, listens=True):
    with socket.socket(family, kind) as sock:
        sock.bind(address)
        if listens:
            sock.listen(128)
        yield sock


class Passed:
    """A server that gets sockets as systemd passes them: as the descriptors 3, 4, ..."""

    def __init__(self, folder, sockets, options=None, env=None, arguments=()):
        folder.mkdir(exist_ok=True)
        (folder / "agentos.yaml").write_text(json.dumps(options or config()))
        self.log_file = folder / f"log-{time.monotonic_ns()}"
        agentos.LOGS.append(self.log_file)
        numbers = [sock.fileno() for sock in sockets]
        moves = "; ".join(f"exec {3 + i}<&{number}" for i, number in enumerate(numbers))
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f'{moves}; LISTEN_PID=${{WRONG_PID:-$$}} exec "$@"', "bash", PROGRAM, "serve",
                 "--config", folder / "agentos.yaml", *map(str, arguments)],
                pass_fds=numbers, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=agentos.environment({"LISTEN_FDS": str(len(numbers)), **(env or {})}), cwd=folder)

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def wait_until_ready(self):
        deadline = time.monotonic() + agentos.READY_S
        while not (ready := re.search(r"listening on (http://\S+)", self.log)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.01)
        return ready[1]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def test_a_listening_socket_is_served_as_it_is_passed(tmp_path):
    with listening() as sock:
        server = Passed(tmp_path / "os", [sock], config(listen="127.0.0.1:1"), arguments=["--loops", 3])
        url = server.wait_until_ready()
        assert url == f"http://127.0.0.1:{sock.getsockname()[1]}", "the socket's address, not the configuration's"
        for _ in range(20):
            assert httpx.get(url + "/health", trust_env=False).status_code == 200
        assert server.stop() == 0
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1, "it is still open for the next server"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_a_socket_of_ipv6_too(tmp_path):
    with listening(socket.AF_INET6, ("::1", 0)) as sock:
        server = Passed(tmp_path / "os", [sock])
        assert httpx.get(server.wait_until_ready() + "/health", trust_env=False).status_code == 200
        assert server.stop() == 0


def test_no_connection_is_refused_while_one_server_follows_another(tmp_path):
    failures, answers, over = [], [], threading.Event()

    def knock(port):
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                    connection.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                    answers.append(connection.recv(65536)[:12])
            except OSError as fault:
                failures.append(repr(fault))

    with listening() as sock:
        options = config(database="sqlite:test.db")
        server = Passed(tmp_path / "os", [sock], options)
        server.wait_until_ready()
        clients = [threading.Thread(target=knock, args=sock.getsockname()[1:2]) for _ in range(4)]
        for client in clients:
            client.start()
        for _ in range(3):
            before = len(answers)
            while len(answers) < before + 50:
                time.sleep(0.01)
            assert server.stop() == 0
            server = Passed(tmp_path / "os", [sock], options)
            server.wait_until_ready()
        over.set()
        for client in clients:
            client.join(30)
        assert server.stop() == 0
    assert failures == [] and set(answers) == {b"HTTP/1.1 200"}


def test_a_socket_that_others_reach_needs_authentication(tmp_path):
    with listening(address=("0.0.0.0", 0)) as sock:
        server = Passed(tmp_path / "os", [sock], config(authorization=None, listen="127.0.0.1:7777"))
        assert server.process.wait(20) == 2
        assert "0.0.0.0 is reachable from elsewhere and there is no authentication" in server.log


@pytest.mark.parametrize("make", [
    lambda folder: listening(socket.AF_UNIX, str(folder / "s")),
    lambda folder: listening(kind=socket.SOCK_DGRAM, listens=False),
    lambda folder: listening(listens=False),
], ids=["a socket of files", "of datagrams", "that does not listen"])
def test_another_kind_of_socket_is_refused(tmp_path, make):
    with make(tmp_path) as sock:
        server = Passed(tmp_path / "os", [sock])
        assert server.process.wait(20) == 2
        assert "agentos: the service manager passed a socket that is not a listening TCP socket\n" in server.log


def test_several_sockets_are_refused(tmp_path):
    with listening() as one, listening() as two:
        server = Passed(tmp_path / "os", [one, two])
        assert server.process.wait(20) == 2
        assert "agentos: the service manager passed more than one socket (LISTEN_FDS)\n" in server.log


@pytest.mark.parametrize("env", [{"WRONG_PID": "1"}, {"LISTEN_FDS": ""}, {"LISTEN_FDS": "x"}])
def test_a_socket_that_is_meant_for_another_process_is_left_alone(tmp_path, env):
    with listening() as sock:
        server = Passed(tmp_path / "os", [sock], env=env, arguments=["--port", 0])
        url = server.wait_until_ready()
        assert not url.endswith(f":{sock.getsockname()[1]}")
        assert server.stop() == 0


# ---- readiness ----

def notified(tmp_path, kind):
    path = str(tmp_path / "notify") if kind == "path" else f"\0agentos-test-{os.getpid()}"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)
    sock.settimeout(20)
    return sock, path.replace("\0", "@")


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_manager_is_told_when_the_server_listens(serve, tmp_path, kind):
    sock, name = notified(tmp_path, kind)
    with sock:
        server = serve(env={"NOTIFY_SOCKET": name})
        assert sock.recv(1024).decode() == f"READY=1\nSTATUS=Listening on 127.0.0.1, port {server.port}"
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(1024)


def test_a_server_that_does_not_start_is_not_ready(tmp_path):
    sock, name = notified(tmp_path, "path")
    with sock:
        done = agentos.cli("serve", "--config", "absent.yaml", cwd=tmp_path, env={"NOTIFY_SOCKET": name})
        assert done.returncode == 2
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(1024)


@pytest.mark.parametrize("name", ["relative", "/nobody/listens/here", "@" + "x" * 200])
def test_a_manager_that_cannot_be_told_does_not_keep_the_server_from_serving(serve, name):
    server = serve(env={"NOTIFY_SOCKET": name})
    assert server.get("/health").status_code == 200
    assert "cannot notify the service manager" in server.log


def test_no_manager_is_needed(serve):
    assert "service manager" not in serve(env={"NOTIFY_SOCKET": ""}).log
