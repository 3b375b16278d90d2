"""Runs: streamed and not, failing, cancelled by leaving, with history, in someone's session."""
import socket
import time

import pytest

import agentos
from agentos import ADMIN, RUNNER, bearer, mint

SEQUENCE = ["RunStarted", "ModelRequestStarted", "RunContent", "RunContent", "ModelRequestCompleted",
            "RunContentCompleted", "RunCompleted"]


def user(name):
    return bearer(sub=name, scopes=RUNNER)


def test_a_run_answers_the_whole_object(server):
    run = server.run("hello")
    assert run["content"] == "Echo: hello"
    assert run["status"] == "COMPLETED"
    assert [message["role"] for message in run["messages"]] == ["user", "assistant"]


def test_a_stream_has_the_contracts_events(server):
    events = server.stream("hello")
    assert [name for name, _ in events] == SEQUENCE
    assert all(data["event"] == name for name, data in events)
    assert "".join(data["content"] for name, data in events if name == "RunContent") == "Echo: hello"
    assert len({data["run_id"] for _, data in events}) == 1


def test_stream_events_false_leaves_the_content(server):
    assert {name for name, _ in server.stream("hello", stream_events="false")} == {"RunContent"}


def test_a_form_may_be_multipart(server):
    answer = server.post("/agents/echo/runs", headers=user("ann"),
                         files={"message": (None, "grüße"), "stream": (None, "false")})
    assert answer.json()["content"] == "Echo: grüße"


def test_a_stream_arrives_while_it_runs(server):
    """The first word is there long before the last."""
    started = time.monotonic()
    with server.http.stream("POST", "/agents/echo/runs", headers=user("ann"),
                            data={"message": "/slow 20"}) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if '"RunContent"' in line)
        first = time.monotonic() - started
        for _ in lines:
            pass
    assert first < (time.monotonic() - started) / 2


def test_a_failing_model_is_a_run_error(server):
    run = server.run("/fail boom")
    assert (run["status"], run["content"]) == ("ERROR", "boom")
    name, data = server.stream("/fail boom")[-1]
    assert (name, data["content"]) == ("RunError", "boom")


def test_history_is_in_the_next_prompt(server):
    one = server.run("one", session_id="history")
    two = server.run("two", session_id="history")
    assert [m["content"] for m in two["messages"] if m["from_history"]] == ["one", "Echo: one"]
    assert two["metrics"]["input_tokens"] > one["metrics"]["input_tokens"]


def test_an_agent_without_history_does_not_look_back(server):
    server.run("one", agent="plain", session_id="no-history")
    two = server.run("two", agent="plain", session_id="no-history")
    assert not [m for m in two["messages"] if m["from_history"]]


def test_num_history_runs_bounds_it(serve):
    server = serve(agentos.config(agents=[{"id": "echo", "name": "Echo", "model": "offline:echo",
                                           "add_history_to_context": True, "num_history_runs": 2}]))
    for word in ("one", "two", "three"):
        run = server.run(word, session_id="s")
    last = server.run("four", session_id="s")
    assert [m["content"] for m in last["messages"] if m["from_history"] and m["role"] == "user"] == ["two", "three"]
    assert run["status"] == "COMPLETED"


@pytest.mark.parametrize("form", [{"stream": "false"}, {}], ids=["whole", "streamed"])
def test_a_foreign_session_is_not_found(server, form):
    server.run("mine", headers=user("ann"), session_id="anns")
    answer = server.post("/agents/echo/runs", headers=user("bob"), data={"message": "x", "session_id": "anns", **form})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Session not found"})


def test_an_admin_may_run_in_any_session(server):
    server.run("mine", headers=user("ann"), session_id="anns-2")
    assert server.run("x", headers=bearer(sub="root", scopes=ADMIN), session_id="anns-2")["status"] == "COMPLETED"


def test_the_tokens_session_wins(server):
    headers = bearer(sub="ann", scopes=RUNNER, session_id="from-token")
    assert server.run("x", headers=headers, session_id="from-form")["session_id"] == "from-token"


def wait_for_run(server, session, headers, seconds=10):
    """The first run of a session, once it is stored."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = server.get(f"/sessions/{session}/runs", headers=headers)
        if answer.status_code == 200 and answer.json():
            return answer.json()[0]
        time.sleep(0.05)
    raise AssertionError(f"no run in {session}: {answer.status_code} {answer.text}")


def start_raw(server, form, token):
    body = form.encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(b"POST /agents/echo/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token.encode() +
                       b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                       str(len(body)).encode() + b"\r\n\r\n" + body)
    return connection


def test_a_long_stream_has_a_heartbeat_between_its_events(server):
    """A comment every 15 seconds, so that proxies keep the connection; clients ignore it."""
    connection = start_raw(server, "message=/slow+400", mint(sub="patient", scopes=RUNNER))
    began, seen = time.monotonic(), b""
    with connection:
        while b": heartbeat\n\n" not in seen and time.monotonic() < began + 25:
            seen += connection.recv(65536)
    assert time.monotonic() - began > 14
    before, beat, _ = seen.partition(b": heartbeat\n\n")
    assert beat
    assert before.endswith((b"\n\n", b"\r\n"))  # the end of an event, or the head of its own chunk


@pytest.mark.parametrize("form, wait_for", [("message=/slow+400&session_id=left-1", b"RunContent"),
                                            ("message=/slow+400&stream=false&session_id=left-2", b"")],
                         ids=["streamed", "whole"])
def test_leaving_cancels_the_run_and_keeps_what_was_said(server, form, wait_for):
    headers = user("leaver")
    connection = start_raw(server, form, mint(sub="leaver", scopes=RUNNER))
    seen = b""
    while wait_for and wait_for not in seen:
        seen += connection.recv(65536)
    if not wait_for:
        time.sleep(0.3)  # long enough for a word; there is nothing to see
    connection.close()
    run = wait_for_run(server, form.rsplit("=", 1)[1], headers)
    assert run["status"] == "CANCELLED" and run.get("cancellation_stage") is None
    assert len(run["content"].split()) < 400


def test_a_run_can_be_cancelled_by_its_id(server):
    headers = user("canceller")
    connection = start_raw(server, "message=/slow+400&session_id=cancelled", mint(sub="canceller", scopes=RUNNER))
    seen = b""
    while b"RunContent" not in seen:
        seen += connection.recv(65536)
    run_id = seen.split(b'"run_id":"', 1)[1].split(b'"', 1)[0].decode()
    assert server.post(f"/agents/echo/runs/{run_id}/cancel", headers=headers).status_code == 200
    while chunk := connection.recv(65536):
        seen += chunk
        if seen.endswith(b"0\r\n\r\n"):
            break
    connection.close()
    assert seen.index(b"event: RunCancelled") < seen.index(b"event: RunCompleted")
    run = wait_for_run(server, "cancelled", headers)
    assert run["status"] == "CANCELLED" and run["cancellation_stage"] == "EXECUTING"
    assert run["content"].startswith("word1") and run["messages"][-1]["content"] == run["content"]
    assert [event["event"] for event in run["events"]][-2:] == ["RunCancelled", "RunCompleted"]


def test_many_runs_at_once_do_not_mix(server):
    from concurrent.futures import ThreadPoolExecutor

    def one(n):
        words = f"number {n} " * 5
        events = server.stream(words.strip(), headers=user(f"u{n}"))
        return "".join(data["content"] for name, data in events if name == "RunContent") == f"Echo: {words.strip()}"

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(64)))


@pytest.mark.parametrize("form, where", [
    ({}, ["body", "message"]),
    ({"message": ""}, ["body", "message"]),
    ({"message": "x", "stream": "maybe"}, ["body", "stream"]),
])
def test_a_bad_form_is_422(server, form, where):
    answer = server.post("/agents/echo/runs", headers=user("ann"), data=form)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == where


@pytest.mark.parametrize("session, code", [
    ("s" * 128, 200), ("caf\u00e9 1", 200), ("s" * 129, 422), ("a\nb", 422), ("\t", 422), ("a\x7f", 422), ("\x1b[2J", 422),
])
@pytest.mark.parametrize("is_multipart", [False, True])
def test_a_session_id_of_a_form_is_bounded_and_printable(server, session, code, is_multipart):
    form = {"message": "x", "stream": "false", "session_id": session}
    sent = {"files": {name: (None, value) for name, value in form.items()}} if is_multipart else {"data": form}
    answer = server.post("/agents/echo/runs", headers=user(f"u{code}"), **sent)
    assert answer.status_code == code
    if code == 200:
        assert answer.json()["session_id"] == session
    else:
        assert answer.json()["detail"] == "session_id is longer than 128 bytes or not printable"


@pytest.mark.parametrize("session", ["a\nb", "s" * 129, 5, ["s"], {}, "a/b", "a\\b", ".", ".."])
def test_a_session_of_a_token_that_is_no_id_is_401(server, session):
    answer = server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER, session_id=session),
                         data={"message": "x", "session_id": "mine"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid token session")


@pytest.mark.parametrize("field", ["background", "files"])
def test_what_is_not_built_is_refused_by_name(server, field):
    files = {"message": (None, "x"), "stream": (None, "false"), "background": (None, "true")}
    if field == "files":
        files = {"message": (None, "x"), "stream": (None, "false"), "files": ("a.txt", b"text", "text/plain")}
    answer = server.post("/agents/echo/runs", headers=user("ann"), files=files)
    assert answer.status_code in (400, 501)
    assert field.rstrip("s") in answer.json()["detail"].lower() or "upload" in answer.json()["detail"].lower()


def test_a_failed_run_is_told_to_the_operator(serve):
    server = serve()
    server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "/fail out of luck", "stream": "false"})
    server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "fine", "stream": "false"})
    failed = [line for line in server.log.splitlines() if "run failed" in line]
    assert len(failed) == 1 and 'why="out of luck"' in failed[0] and "agent=echo" in failed[0]
