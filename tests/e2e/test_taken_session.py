"""A session belongs to its user from when the first run in it is accepted, not from when it is saved: nobody else can
take its id meanwhile, by a run, a new session or a change (CWE-367)."""
import agentos
import pytest
from agentos import ADMIN, RUNNER, authorization, bearer, config

ANN, BOB = (bearer(sub=name, scopes=[*RUNNER, "sessions:write", "sessions:delete"]) for name in ("ann", "bob"))
SLOW = {"message": "/slow 10", "stream": "true"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("taken"), config(authorization=authorization(user_isolation=True)))
    yield shared
    shared.stop()


def by_run(server, session_id):
    return server.post("/agents/echo/runs", headers=BOB, data={"message": "mine", "stream": "false", "session_id": session_id})


def by_creation(server, session_id):
    return server.post("/sessions", headers=BOB, json={"session_id": session_id})


def by_rename(server, session_id):
    return server.post(f"/sessions/{session_id}/rename", headers=BOB, json={"session_name": "mine"})


def by_deletion_and_run(server, session_id):
    assert server.http.delete(f"/sessions/{session_id}", headers=BOB).status_code == 204  # of nothing that bob reaches
    return by_run(server, session_id)


@pytest.mark.parametrize("take, status", [(by_run, 404), (by_creation, 409), (by_rename, 404), (by_deletion_and_run, 404)])
@pytest.mark.parametrize("is_made_before", [False, True])
def test_a_session_is_its_users_while_the_first_run_lasts(server, take, status, is_made_before):
    session_id = f"taken-{take.__name__}-{is_made_before}"
    if is_made_before:
        assert server.post("/sessions", headers=ANN, json={"session_id": session_id}).status_code == 201
    with server.http.stream("POST", "/agents/echo/runs", headers=ANN, data={**SLOW, "session_id": session_id}) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "RunStarted" in line)
        assert take(server, session_id).status_code == status
        assert any("RunCompleted" in line for line in lines)
    runs = server.get(f"/sessions/{session_id}/runs", headers=ANN).json()
    assert [run["run_input"] for run in runs] == ["/slow 10"]
    session = server.get(f"/sessions/{session_id}", headers=ANN).json()
    assert session["user_id"] == "ann" and len(session["chat_history"]) == 2
    assert server.get(f"/sessions/{session_id}", headers=BOB).status_code == 404


def test_an_administrator_may_run_in_it_meanwhile(server):
    with server.http.stream("POST", "/agents/echo/runs", headers=ANN, data={**SLOW, "session_id": "shared"}) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "RunStarted" in line)
        ran = server.post("/agents/echo/runs", headers=bearer(sub="root", scopes=ADMIN),
                          data={"message": "hello", "stream": "false", "session_id": "shared"})
        assert ran.status_code == 200
        assert any("RunCompleted" in line for line in lines)
    assert server.get("/sessions/shared", headers=ANN).json()["user_id"] == "ann"
    assert len(server.get("/sessions/shared/runs", headers=ANN).json()) == 2
