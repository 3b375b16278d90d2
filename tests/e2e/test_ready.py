"""GET /-/ready and `agentos health`: whether the server takes requests."""
import contextlib
import re
import socket
import sqlite3
import time

import pytest

from agentos import ADMIN, bearer, cli, config

READY = {"status": "ready"}
UNWRITABLE = {"detail": "The database cannot be written"}


@pytest.fixture
def stored(serve):
    """A server on a file, with one loop: what is known of the database is known to each loop alone."""
    return serve(config(database="sqlite:test.db"), arguments=["--loops", 1])


def health(server, *arguments):
    return cli("health", "--url", server.url, *arguments)


def test_it_is_ready_for_everybody_and_tells_no_more(server):
    answer = server.get("/-/ready")
    assert (answer.status_code, answer.json()) == (200, READY)
    done = health(server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")


@contextlib.contextmanager
def held_by_another(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextlib.contextmanager
def without_its_table(path):
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE settings RENAME TO gone")
    yield
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE gone RENAME TO settings")


@contextlib.contextmanager
def refusing_writes(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON settings BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    yield
    with sqlite3.connect(path) as other:
        other.execute("DROP TRIGGER full")


@pytest.mark.parametrize("made", [held_by_another, without_its_table, refusing_writes])
def test_it_is_not_ready_while_the_database_cannot_be_written(stored, made):
    assert stored.get("/-/ready").status_code == 200
    with made(stored.folder / "test.db"):
        time.sleep(1.1)  # the pause between two writes
        answer = stored.get("/-/ready")
        assert answer.status_code == 503 and "database" in answer.json()["detail"]
        time.sleep(1.1)
        done = health(stored)
        assert done.returncode == 1 and "answered 503: " in done.stderr and done.stdout == ""
        assert stored.get("/health").status_code == 200, "alive all the same"
    time.sleep(1.1)
    assert stored.get("/-/ready").json() == READY


def commits(server):
    return int(re.search(r"^agentos_db_commits_total (\d+)", server.get("/-/metrics", headers=bearer(scopes=ADMIN)).text,
                         re.M)[1])


def test_asking_often_does_not_write_often(stored):
    before, began = commits(stored), time.monotonic()
    for _ in range(300):
        assert stored.get("/-/ready").json() == READY
    assert commits(stored) - before <= 2 + (time.monotonic() - began)


@pytest.mark.parametrize("path", ["/-/ready", "/-/ready?x=1"])
def test_it_is_not_ready_while_it_drains(serve, path):
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n".encode())
        time.sleep(0.2)  # the first line has been read
        server.terminate()
        while "shutting down" not in server.log:
            time.sleep(0.01)
        time.sleep(0.1)
        connection.sendall(b"host: localhost\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 503 ") and b'{"detail":"The server is draining"}' in answer
    assert server.wait(10) == 0


def test_health_says_why_nobody_answers(serve):
    server = serve()
    server.terminate()
    server.wait()
    done = health(server)
    assert (done.returncode, done.stderr) == (1, f"agentos: {server.url}: connection refused\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_health_finds_the_server_that_the_configuration_describes(serve, tmp_path, host):
    server = serve()
    described = tmp_path / "described.yaml"
    described.write_text(f"listen: {host}:{server.port}\ndatabase: memory\nauthorization: true\n"
                         "agents: [{id: echo, model: 'offline:echo'}]\n")
    key = {"JWT_VERIFICATION_KEY": "a-secret-of-more-than-32-characters", "JWT_ALGORITHM": "HS256"}
    done = cli("health", "--config", described, env=key)
    assert (done.returncode, done.stdout) == (0, "ready\n"), done.stderr


@pytest.mark.parametrize("arguments, sentence", [
    (["extra"], "agentos: unexpected argument 'extra'"),
    (["--url", "http://127.0.0.1:1", "--config", "a.yaml"], "agentos: --url and --config are mutually exclusive"),
    (["--url", "ftp://127.0.0.1"], "--url: "),
    (["--config", "absent.yaml"], "absent.yaml"),
])
def test_health_refuses_what_it_does_not_understand(tmp_path, arguments, sentence):
    done = cli("health", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr


def test_health_follows_no_redirect_and_sends_no_token(serve):
    server = serve()
    done = cli("health", "--url", f"{server.url}/elsewhere", env={"AGENTOS_TOKEN": "never-sent"})
    assert done.returncode == 1 and "answered 401: Authorization header missing" in done.stderr
