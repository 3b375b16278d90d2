"""What a large answer, many runs or many refusals took is given back to the system soon after the last of
them."""
import concurrent.futures

import pytest
from agentos import ADMIN, RUNNER, bearer, config
from test_held_memory import measured, resident_mb, until

RUNS = 400
WORDS = "word " * 3000
pytestmark = measured


@pytest.fixture
def idle(serve):
    server = serve(config(database="sqlite:./back.db", limits={"body": "16MiB"}))
    assert server.get("/sessions", headers=bearer(sub="ann", scopes=RUNNER)).status_code == 200
    return server, resident_mb(server)


def run(server, message, session_id):
    answer = server.post("/agents/echo/runs", headers=bearer(sub="ann", scopes=RUNNER),
                         data={"message": message, "stream": "false", "session_id": session_id})
    assert answer.status_code == 200


def given_back(server, idle_mb):
    until(lambda: resident_mb(server) <= 2 * idle_mb, seconds=10)


def test_after_a_large_session_was_read(idle):
    server, idle_mb = idle
    for _ in range(RUNS):
        run(server, WORDS[:6000], "long")
    for path in ("/sessions/long", "/sessions/long/runs", "/agents/echo/runs?session_id=long"):
        assert server.get(path, headers=bearer(sub="ann", scopes=ADMIN)).status_code == 200
    given_back(server, idle_mb)


def test_after_many_runs_at_once(idle):
    server, idle_mb = idle
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: run(server, WORDS, f"s{i}"), range(RUNS)))
    given_back(server, idle_mb)


def test_after_a_search_of_long_sessions(idle):
    server, idle_mb = idle
    headers = bearer(sub="ann", scopes=ADMIN)
    for i in range(40):
        made = server.post("/sessions", headers=headers, json={
            "session_id": f"n{i}", "session_name": "a name", "metadata": {"a": "x" * 60_000}})
        assert made.status_code == 201
    for _ in range(20):
        assert server.get("/sessions?session_name=name&limit=100", headers=headers).status_code == 200
    given_back(server, idle_mb)
