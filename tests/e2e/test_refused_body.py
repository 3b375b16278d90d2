"""What is protected, in the answer that refuses it: mod_auth_openidc sent the content along to a POST without a
session (CVE-2025-31492, GHSA-59jp-rwph-878r). is_authenticated() answers before any handler runs, with a body of its own: a refusal carries the
sentence and nothing else, its run is not made, and its body is not read as a request."""
import json

import pytest

from agentos import ADMIN, RUNNER, bearer

CANARY = "the-canary-in-the-mine"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def session(server):
    return server.run(CANARY, headers=bearer(sub="ann", scopes=RUNNER))["session_id"]


PLACES = [("GET", "/sessions/{}"), ("POST", "/sessions/{}"), ("GET", "/sessions/{}/runs"), ("POST", "/sessions/{}/rename"), ("GET", "/sessions"),
          ("POST", "/sessions"), ("PATCH", "/sessions/{}"), ("DELETE", "/sessions/{}"), ("POST", "/agents/echo/runs"), ("GET", "/config"),
          ("POST", "/config"), ("GET", "/agents"), ("POST", "/agents"), ("HEAD", "/sessions"), ("PUT", "/sessions/{}"), ("GET", "/-/metrics")]


@pytest.mark.parametrize("method, path", PLACES)
@pytest.mark.parametrize("credential", ["none", "bad", "without scopes"])
def test_a_refusal_holds_its_sentence_alone(server, session, method, path, credential):
    headers = {"none": {}, "bad": {"authorization": "Bearer x"}, "without scopes": bearer(sub="eve", scopes=())}[credential]
    answer = server.http.request(method, path.format(session), headers={**headers, "content-type": FORM}, content=f"message={CANARY}&session_id={session}")
    assert answer.status_code in (401, 403, 405), answer.text
    if method == "HEAD":
        assert answer.content == b""
    else:
        assert list(json.loads(answer.text)) == ["detail"] and CANARY not in answer.text
    assert CANARY not in str(answer.headers) and session not in str(answer.headers)


def test_a_refused_run_is_not_made(server, session):
    before = server.get(f"/sessions/{session}/runs", headers=bearer(scopes=ADMIN)).json()
    for headers in ({}, bearer(sub="eve", scopes=("agents:read",))):
        answer = server.post("/agents/echo/runs", headers=headers, data={"message": "made all the same", "session_id": session})
        assert answer.status_code in (401, 403)
    after = server.get(f"/sessions/{session}/runs", headers=bearer(scopes=ADMIN)).json()
    assert after == before and CANARY in json.dumps(before)


def test_the_body_of_a_refused_request_is_no_request(server):
    """It is a request of its own to who does not skip it."""
    inner = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = server.raw(b"POST /agents/echo/runs HTTP/1.1\r\nHost: a\r\nContent-Type: " + FORM.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(inner) + inner)
    assert answer.startswith(b"HTTP/1.1 401") and answer.count(b"HTTP/1.1 ") == 1
