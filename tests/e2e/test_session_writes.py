"""Making, renaming, changing and deleting sessions: what the transcripts do not show."""
import json

import pytest

from agentos import ADMIN, bearer

HEADERS = bearer(sub="ann", scopes=("sessions:read", "sessions:write", "sessions:delete", "agents:read", "agents:run"))


def make(server, query="", **body):
    answer = server.post(f"/sessions{query}", json=body, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return answer.json()


def problems(answer):
    assert answer.status_code == 422, answer.text
    return [(fault["type"], fault["loc"]) for fault in answer.json()["detail"]]


def test_a_made_session_goes_on_with_its_state(server):
    made = make(server, agent_id="echo", session_state={"colour": "blue"}, session_name="Mine")
    run = server.run("hello", headers=HEADERS, session_id=made["session_id"])
    assert run["session_state"] == {"colour": "blue"}
    got = server.get(f"/sessions/{made['session_id']}", headers=HEADERS).json()
    assert (got["session_name"], got["agent_id"]) == ("Mine", "echo")
    assert [message["content"] for message in got["chat_history"]] == ["hello", "Echo: hello"]


def test_a_session_made_of_nothing_gets_its_agent_from_its_first_run(server):
    made = make(server)
    assert "agent_id" not in made and "metrics" not in made
    server.run("hello", headers=HEADERS, session_id=made["session_id"])
    got = server.get(f"/sessions/{made['session_id']}", headers=HEADERS).json()
    assert got["agent_id"] == "echo" and got["agent_data"]["agent_id"] == "echo"


def test_a_session_made_without_a_type_is_an_agents(server):
    made = make(server, agent_id="echo")
    assert made["agent_id"] == "echo"
    path = f"/sessions/{made['session_id']}"
    assert server.get(f"{path}?type=agent", headers=HEADERS).json() == made
    assert server.get(f"{path}?type=team", headers=HEADERS).status_code == 404


@pytest.mark.parametrize("kind", ["agent", "team", "workflow"])
def test_every_type_is_made_read_renamed_and_deleted(server, kind):
    made = make(server, f"?type={kind}", session_name="first", metadata={"a": 1}, **{f"{kind}_id": "x"})
    path = f"/sessions/{made['session_id']}"
    assert server.get(f"{path}?type={kind}", headers=HEADERS).json() == made
    assert server.get(path, headers=HEADERS).json() == made
    renamed = server.post(f"{path}/rename?type={kind}", json={"session_name": "second"}, headers=HEADERS).json()
    assert renamed["session_name"] == "second"
    assert None in renamed.values()
    listed = server.get(f"/sessions?type={kind}&session_name=second&component_id=x", headers=HEADERS).json()["data"]
    assert [row["session_id"] for row in listed] == [made["session_id"]]
    assert server.http.delete(path, headers=HEADERS).status_code == 204
    assert server.get(path, headers=HEADERS).status_code == 404


def test_a_change_of_another_type_is_404(server):
    made = make(server)
    path = f"/sessions/{made['session_id']}"
    for answer in (server.post(f"{path}/rename?type=team", json={"session_name": "x"}, headers=HEADERS),
                   server.http.patch(f"{path}?type=workflow", json={"session_name": "x"}, headers=HEADERS)):
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"Session with id '{made['session_id']}' not found"


def test_a_change_answers_with_the_chat_history(server):
    session = make(server)["session_id"]
    server.run("hello", headers=HEADERS, session_id=session)
    got = server.http.patch(f"/sessions/{session}", json={"metadata": {"a": 1}}, headers=HEADERS).json()
    assert [message["content"] for message in got["chat_history"]] == ["hello", "Echo: hello"]
    assert got["total_tokens"] > 0 and got["session_summary"] is None


def test_null_members_change_nothing(server):
    made = make(server, session_name="kept", session_state={"a": 1})
    got = server.http.patch(f"/sessions/{made['session_id']}", json={"session_name": None, "session_state": None},
                            headers=HEADERS).json()
    assert (got["session_name"], got["session_state"]) == ("kept", {"a": 1})


def test_an_empty_or_null_id_is_generated(server):
    ids = {make(server, session_id=given)["session_id"] for given in ("", None)}
    assert len(ids) == 2 and all(len(made) == 36 for made in ids)


def test_the_body_is_told_by_its_content_type(server):
    text = json.dumps({"session_name": "x"})
    for kind, status in [("application/json", 201), ("Application/JSON; charset=utf-8", 201),
                         ("application/vnd.api+json", 201), ("text/plain", 422), ("application/x-json", 422)]:
        answer = server.post("/sessions", content=text, headers={**HEADERS, "content-type": kind})
        assert answer.status_code == status, kind


@pytest.mark.parametrize("body, faults", [
    ("{bad", [("json_invalid", ["body", 1])]),
    ('{"a":1,}', [("json_invalid", ["body", 7])]),
    ('{"session_id":"a","session_id":"b"}', [("json_invalid", ["body", 0])]),
    ('{"session_name":"\\u0000"}', [("json_invalid", ["body", 0])]),
    ("5", [("model_attributes_type", ["body"])]),
    (' "text" ', [("model_attributes_type", ["body"])]),
    ('{"session_state":[]}', [("dict_type", ["body", "session_state"])]),
    ('{"session_name":1,"metadata":"x"}', [("string_type", ["body", "session_name"]), ("dict_type", ["body", "metadata"])]),
])
def test_a_faulty_body_is_422(server, body, faults):
    answer = server.post("/sessions", content=body, headers={**HEADERS, "content-type": "application/json"})
    assert problems(answer) == faults


def test_null_is_no_body(server):
    json_type = {**HEADERS, "content-type": "application/json"}
    assert server.post("/sessions", content="null", headers=json_type).status_code == 201
    for method, path, loc in [("PATCH", "/sessions/x", ["body"]), ("DELETE", "/sessions", ["body"]),
                              ("POST", "/sessions/x/rename", ["body", "session_name"])]:
        for body in ("null", None):
            assert problems(server.http.request(method, path, content=body, headers=json_type)) == [("missing", loc)]


def test_bytes_that_are_no_text_are_422(server):
    for kind in ("application/json", "text/plain"):
        answer = server.post("/sessions", content=b'{"session_name":"\xff"}', headers={**HEADERS, "content-type": kind})
        assert answer.status_code == 422


@pytest.mark.parametrize("member", ["session_state", "metadata"])
def test_what_is_nested_too_deeply_to_be_stored_is_422(server, member):
    def nested(levels):
        return json.loads('{"a":' * levels + "1" + "}" * levels)
    assert server.post("/sessions", json={member: nested(57)}, headers=HEADERS).status_code == 422
    made = make(server, **{member: nested(56)})
    assert server.get(f"/sessions/{made['session_id']}", headers=HEADERS).json()[member] == nested(56)
    run = server.run("hello", headers=HEADERS, session_id=made["session_id"])
    got = server.get(f"/sessions/{made['session_id']}/runs/{run['run_id']}", headers=HEADERS)
    assert got.status_code == 200


@pytest.mark.parametrize("body", [{"session_id": "x" * 129}, {"session_id": "a\nb"}, {"agent_id": "x" * 129}])
def test_ids_are_bounded_and_printable(server, body):
    assert server.post("/sessions", json=body, headers=HEADERS).status_code == 422


UNREACHABLE = ["a/b", "/", "a\\b", ".", "..", "../x"]


@pytest.mark.parametrize("session", UNREACHABLE)
def test_a_session_that_no_path_can_name_is_not_made(server, session):
    told = "session_id cannot be in a path: it holds '/' or '\\', or is '.' or '..'"
    made = server.post("/sessions", json={"session_id": session}, headers=HEADERS)
    assert (made.status_code, made.json()["detail"]) == (422, told)
    run = server.post("/agents/echo/runs", headers=HEADERS,
                      data={"message": "x", "stream": "false", "session_id": session})
    assert (run.status_code, run.json()["detail"]) == (422, told)


@pytest.mark.parametrize("session", ["...", ".a", "a..b", "a b", "a?b#c", "%2e%2e", "caf\u00e9"])
def test_a_session_with_an_odd_name_is_reached(server, session):
    assert server.post("/sessions", json={"session_id": session}, headers=HEADERS).status_code == 201
    from urllib.parse import quote
    got = server.get("/sessions/" + quote(session, safe=""), headers=HEADERS)
    assert got.status_code == 200 and got.json()["session_id"] == session


@pytest.mark.parametrize("body, faults", [
    ({}, [("missing", ["body", "session_ids"]), ("missing", ["body", "session_types"])]),
    ({"session_ids": "x", "session_types": ["agent"]}, [("list_type", ["body", "session_ids"])]),
    ({"session_ids": [], "session_types": []},
     [("too_short", ["body", "session_ids"]), ("too_short", ["body", "session_types"])]),
    ({"session_ids": ["a", 5], "session_types": ["agent", "robot"]},
     [("string_type", ["body", "session_ids", 1]), ("enum", ["body", "session_types", 1])]),
    ({"session_ids": ["a"] * 1001, "session_types": ["agent"] * 1001},
     [("too_long", ["body", "session_ids"]), ("too_long", ["body", "session_types"])]),
])
def test_a_faulty_list_is_422(server, body, faults):
    answer = server.http.request("DELETE", "/sessions", json=body, headers=HEADERS)
    assert problems(answer) == faults


def test_a_list_is_deleted_with_its_runs(server):
    sessions = [make(server)["session_id"] for _ in range(3)]
    run = server.run("hello", headers=HEADERS, session_id=sessions[0])["run_id"]
    answer = server.http.request("DELETE", "/sessions", headers=HEADERS,
                                 json={"session_ids": sessions[:2], "session_types": ["agent", "team"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert [server.get(f"/sessions/{s}", headers=HEADERS).status_code for s in sessions] == [404, 404, 200]
    assert server.get(f"/agents/echo/runs/{run}?session_id={sessions[0]}", headers=HEADERS).status_code == 404


def test_a_filter_by_user_narrows_what_is_deleted_and_changed(server):
    session = make(server)["session_id"]
    assert server.http.delete(f"/sessions/{session}?user_id=bob", headers=HEADERS).status_code == 204
    assert server.http.patch(f"/sessions/{session}?user_id=bob", json={}, headers=HEADERS).status_code == 404
    assert server.get(f"/sessions/{session}", headers=HEADERS).status_code == 200


def test_media_are_not_deleted_where_there_are_none(server):
    session = make(server)["session_id"]
    body = {"session_ids": [session], "session_types": ["agent"]}
    for answer in (server.http.delete(f"/sessions/{session}?delete_media=true", headers=HEADERS),
                   server.http.request("DELETE", "/sessions?delete_media=true", json=body, headers=HEADERS)):
        assert answer.status_code == 503
    assert server.get(f"/sessions/{session}", headers=HEADERS).status_code == 200


@pytest.mark.parametrize("method, path, scope", [
    ("POST", "/sessions", "sessions:write"), ("POST", "/sessions/x/rename", "sessions:write"),
    ("PATCH", "/sessions/x", "sessions:write"), ("DELETE", "/sessions/x", "sessions:delete"),
    ("DELETE", "/sessions", "sessions:delete"),
])
def test_writing_needs_its_scope(server, method, path, scope):
    answer = server.http.request(method, path, json={}, headers=bearer(scopes=("sessions:read",)))
    assert answer.status_code == 403
    assert answer.json()["detail"] == f"Insufficient permissions. Required scope(s): {scope}"


def test_the_description_has_the_bodies(server):
    paths = server.get("/openapi.json").json()["paths"]
    create = paths["/sessions"]["post"]
    schema = create["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["session_state"]["type"] == "object"
    assert "201" in create["responses"]
    assert "204" in paths["/sessions/{session_id}"]["delete"]["responses"]


def test_a_body_of_any_length_up_to_the_limit(server):
    made = make(server, session_state={"text": "x" * 900_000})
    got = server.get(f"/sessions/{made['session_id']}", headers=bearer(scopes=ADMIN)).json()
    assert len(got["session_state"]["text"]) == 900_000
    answer = server.post("/sessions", json={"session_name": "x" * 1_100_000}, headers=HEADERS)
    assert answer.status_code == 413
