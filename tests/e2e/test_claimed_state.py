"""Members of a session's state that belong to the token (session_state_claims), by every way in (CWE-915)."""
import json

import pytest

import agentos
from agentos import ADMIN, authorization, bearer, config

SCOPES = ("agents:run", "sessions:read", "sessions:write")
CLAIMS = ["org", "tenant.id"]
ORG = {"id": 7, "plan": {"name": "free"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = agentos.Server(tmp_path_factory.mktemp("claimed"), config(
        authorization=authorization(session_state_claims=CLAIMS), database="sqlite:test.db"))
    yield started
    started.stop()


def run(server, session, state=None, stream="false", **claims):
    form = {} if state is None else {"session_state": json.dumps(state)}
    answer = server.post("/agents/echo/runs", headers=bearer(sub="ann", scopes=SCOPES, **claims),
                         data={"message": "x", "stream": stream, "session_id": session, **form})
    assert answer.status_code == 200, answer.text
    return answer


def stored(server, session):
    answer = server.get(f"/sessions/{session}?type=agent", headers=bearer(sub="ann", scopes=SCOPES))
    assert answer.status_code == 200, answer.text
    return answer.json()["session_state"]


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("claims, form, state", [
    ({"org": ORG}, {"org": "forged", "a": 1}, {"a": 1, "org": ORG}),
    ({"org": ORG}, {"org": {"admin": True}, "a": 1}, {"a": 1, "org": ORG}),  # no member is merged into it
    ({}, {"org": {"id": 1}, "a": 1}, {"a": 1}),  # absent in the token: absent
    ({"org": None}, {"org": 1}, {"org": None}),
    ({"tenant": {"id": "t1"}}, {"tenant.id": "t2", "tenant": {"id": "x"}}, {"tenant": {"id": "x"}, "tenant.id": "t1"}),
    ({}, {"tenant.id": "t2"}, {}), ({"org": []}, None, {"org": []}), ({}, None, {})], ids=str)
def test_a_form_speaks_for_no_claim(server, stream, claims, form, state):
    session = f"form-{abs(hash(str((stream, claims, form))))}"
    run(server, session, form, stream, **claims)
    assert stored(server, session) == state


def test_what_an_earlier_token_said_does_not_live_on(server):
    run(server, "earlier", {"mine": 1}, org={"id": 7, "admin": True}, tenant={"id": "t"})
    assert stored(server, "earlier") == {"mine": 1, "org": {"id": 7, "admin": True}, "tenant.id": "t"}
    run(server, "earlier", org={"id": 7})  # a withdrawn member of a claim, and a claim that is gone
    assert stored(server, "earlier") == {"mine": 1, "org": {"id": 7}}
    run(server, "earlier")
    assert stored(server, "earlier") == {"mine": 1}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("who", ["ann", "admin"])
@pytest.mark.parametrize("state", [{"org": {"admin": True}, "a": 1}, {"org": None, "tenant.id": 1, "a": 1}, {"a": 1}], ids=str)
def test_a_change_of_the_session_speaks_for_no_claim(server, method, who, state):
    session = f"{method}-{who}-{len(str(state))}"
    headers = bearer(sub="ann" if who == "ann" else "root", scopes=SCOPES if who == "ann" else ADMIN)
    body = {"session_state": state}
    if method == "POST":
        answer = server.http.post("/sessions?type=agent", headers=headers, json={**body, "session_id": session, "agent_id": "echo"})
    else:
        run(server, session, org=ORG)
        answer = server.http.patch(f"/sessions/{session}?type=agent", headers=headers, json=body)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["session_state"] == {"a": 1}
    if who == "ann" or method == "PATCH":
        run(server, session, org={"id": 9})
        assert stored(server, session) == {"a": 1, "org": {"id": 9}}


def test_a_stored_row_of_before_is_set_right_by_the_next_run(server):
    import sqlite3
    run(server, "old-row", org=ORG)
    with sqlite3.connect(server.folder / "test.db") as db:
        changed = db.execute("UPDATE sessions SET session_state = ? WHERE session_id = 'old-row'",
                             (json.dumps({"org": {"id": 1, "admin": True}, "tenant.id": "x", "b": 2}),)).rowcount
    db.close()
    assert changed == 1
    run(server, "old-row", org={"id": 2})
    assert stored(server, "old-row") == {"org": {"id": 2}, "b": 2} or stored(server, "old-row") == {"b": 2, "org": {"id": 2}}


def test_a_service_account_speaks_for_no_claim(server):
    made = server.post("/service-accounts", headers=bearer(sub="root", scopes=ADMIN),
                       json={"name": "bot", "scopes": [{"scope": "agents:run"}, {"scope": "sessions:read"}], "allow_privileged_scopes": True})
    agentos.PLANTED.add(made.json()["token"])
    headers = {"authorization": "Bearer " + made.json()["token"]}
    answer = server.post("/agents/echo/runs", headers=headers, data={"message": "x", "stream": "false", "session_state": '{"org": {"id": 1}, "c": 3}'})
    assert answer.json()["session_state"] == {"c": 3}


def test_without_the_option_nothing_is_taken_out(serve):
    plain = serve(config())
    answer = plain.run("x", session_state=json.dumps({"org": {"id": 1}}))
    assert answer["session_state"] == {"org": {"id": 1}}
