"""What clients send beside what is asked for: agno's files, RemoteAgent's options, parameters left empty."""
import json

import pytest

from agentos import ADMIN, RUNNER, bearer

DOCUMENT = json.dumps([{"id": "d", "content": "aGk=", "mime_type": "text/plain", "filename": "a.txt"}])


def run(server, agent="echo", **form):
    return server.post(f"/agents/{agent}/runs", headers=bearer(scopes=RUNNER), data={"message": "hi", "stream": "false", **form})


# ---- files= of agno's client, which is the field input_files ----

@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("value, status, detail", [
    (DOCUMENT, 501, "input_files are not supported in this version"),
    ("[{}]", 501, "input_files are not supported in this version"),
    ("[1]", 501, "input_files are not supported in this version"),
    ("x", 422, "Invalid input_files: expected a JSON array of objects"),
    ("{}", 422, "Invalid input_files: expected a JSON array of objects"),
    ("[]", 200, None), ("", 200, None)])
def test_files_of_agnos_client_are_refused_and_not_dropped(server, stream, value, status, detail):
    answer = run(server, input_files=value, stream=stream)
    assert answer.status_code == status and (detail is None or answer.json()["detail"] == detail)


def test_a_refused_file_leaves_no_run(server):
    assert run(server, session_id="no-file", input_files=DOCUMENT).status_code == 501
    assert server.get("/sessions/no-file?type=agent", headers=bearer(scopes=ADMIN)).status_code == 404


# ---- what RemoteAgent sends with a run ----

@pytest.mark.parametrize("agent, sent, history", [
    ("plain", "true", True), ("plain", "True", True), ("plain", "1", True), ("plain", "false", False), ("plain", None, False),
    ("plain", "null", False), ("plain", "", False),
    ("echo", "false", False), ("echo", "False", False), ("echo", "true", True), ("echo", None, True), ("echo", "None", True)])
def test_a_run_says_whether_it_is_told_history(server, agent, sent, history):
    session = f"told-{agent}-{sent}"
    assert run(server, agent, session_id=session).status_code == 200
    more = {} if sent is None else {"add_history_to_context": sent}
    answer = run(server, agent, session_id=session, **more).json()
    assert bool([m for m in answer["messages"] if m["from_history"]]) is history


def test_history_is_told_to_a_streamed_run_too(server):
    assert run(server, "plain", session_id="streamed").status_code == 200
    answer = run(server, "plain", session_id="streamed", stream="true", add_history_to_context="true")
    assert answer.status_code == 200
    runs = server.get("/sessions/streamed/runs?type=agent", headers=bearer(scopes=ADMIN)).json()
    assert sorted(len(one["chat_history"] if "chat_history" in one else one["messages"]) for one in runs)[-1] >= 2


def test_a_choice_that_is_none_is_422(server):
    answer = run(server, add_history_to_context="perhaps")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "add_history_to_context"]


@pytest.mark.parametrize("field", ["add_dependencies_to_context", "add_session_state_to_context"])
@pytest.mark.parametrize("value, status", [("true", 501), ("TRUE", 501), ("false", 200), ("null", 200), ("", 200)])
def test_what_is_not_built_of_it_is_refused_when_asked_for(server, field, value, status):
    answer = run(server, **{field: value})
    assert answer.status_code == status
    if status == 501:
        assert answer.json()["detail"] == f"{field} is not supported in this version"


# ---- parameters left empty ----

EMPTY = {"/sessions": "type=&component_id=&user_id=&session_name=&limit=&page=&sort_by=&sort_order=&db_id=&table=",
         "/sessions/{}": "type=&user_id=&db_id=&table=", "/sessions/{}/runs": "type=&user_id=&created_after=&created_before=&status=&db_id=&table=",
         "/sessions/{}/runs?status=&status=completed": "db_id=&table=", "/sessions/{}/previews": None}


@pytest.mark.parametrize("path", [path for path, query in EMPTY.items() if query])
def test_an_empty_parameter_is_absent(server, path):
    assert run(server, session_id="left-empty").status_code == 200
    path = path.format("left-empty")
    query = EMPTY[path.replace("left-empty", "{}")]
    full = server.get(f"{path}{'&' if '?' in path else '?'}{query}", headers=bearer(scopes=ADMIN))
    assert full.status_code == 200, full.text
    assert full.json() == server.get(path, headers=bearer(scopes=ADMIN)).json()


@pytest.mark.parametrize("method, path", [("PATCH", "/sessions/{}"), ("POST", "/sessions/{}/rename"), ("DELETE", "/sessions/{}"), ("POST", "/sessions")])
def test_an_empty_database_is_the_one_there_is(server, method, path):
    assert run(server, session_id="changed").status_code == 200
    body = None if method == "DELETE" else {"session_name": "n"}
    answer = server.http.request(method, path.format("changed") + "?type=agent&db_id=&table=", headers=bearer(scopes=ADMIN), json=body)
    assert answer.status_code in (200, 201, 204), answer.text


def test_what_a_query_must_have_may_not_be_empty(server):
    assert server.get("/agents/echo/runs?session_id=", headers=bearer(scopes=ADMIN)).status_code in (404, 422)
    assert server.get("/sessions?db_id=other", headers=bearer(scopes=ADMIN)).status_code == 404
