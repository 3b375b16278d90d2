"""HEAD wherever GET is (RFC 9110 §9.3.2): the same head, content-length too, without a body; and methods that are not
ours."""
import json

import pytest

import agentos
from agentos import ADMIN, bearer, config

VARIABLE = {"date", "content-length"}  # the second where the answer itself is another each time
CHANGING = {"/-/metrics", "/-/ready", "/health", "/audit", "/audit/authz"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("head"), config(database="sqlite:head.db"))
    yield shared
    shared.stop()


@pytest.fixture(scope="module")
def session(server):
    return server.run("hello", headers=bearer("ann", scopes=ADMIN))["session_id"]


def routes():
    rows = json.loads(agentos.cli("routes", "--all", "--json").stdout)
    return sorted({row["pattern"] for row in rows if row["method"] == "GET"})


@pytest.mark.parametrize("path", routes())
@pytest.mark.parametrize("who", ["nobody", "an admin", "without scopes"])
def test_head_is_get_without_the_body(server, session, path, who):
    headers = {"nobody": {}, "an admin": bearer("ann", scopes=ADMIN), "without scopes": bearer("eve", scopes=())}[who]
    url = path.replace("{session_id}", session).replace("{agent_id}", "echo")
    for name in ("run_id", "team_id", "workflow_id"):
        url = url.replace("{%s}" % name, "none")
    get, head = server.get(url, headers=headers), server.http.head(url, headers=headers)
    assert head.status_code == get.status_code
    assert head.content == b""
    changing = VARIABLE if path in CHANGING else {"date"}
    assert [(k, v) for k, v in head.headers.items() if k not in changing] == \
        [(k, v) for k, v in get.headers.items() if k not in changing]
    assert "content-length" in head.headers or "transfer-encoding" in head.headers or get.status_code == 204


def test_the_next_answer_of_a_connection_follows_the_head(server):
    lines = "Host: localhost\r\nAuthorization: " + bearer()["authorization"] + "\r\n"
    answers = server.raw((f"HEAD /agents HTTP/1.1\r\n{lines}\r\n" * 2 +
                          f"HEAD /nothing HTTP/1.1\r\n{lines}Content-Length: 3\r\n\r\nabc" +
                          f"GET /health HTTP/1.1\r\n{lines}Connection: close\r\n\r\n").encode(), half_close=False)
    assert [line.split()[1] for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")] == \
        [b"200", b"200", b"404", b"200"]
    assert answers.count(b"\r\n\r\nHTTP/1.1 ") == 3  # each head is followed by the next
    body = answers.rsplit(b"\r\n\r\n", 1)[1]
    assert json.loads(body)["status"] == "ok"


def test_head_of_what_takes_another_method(server):
    answer = server.http.head("/agents/echo/runs/none/cancel", headers=bearer(scopes=ADMIN))
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")
    old = server.raw(b"HEAD /health HTTP/1.0\r\n\r\n", half_close=False)
    assert old.startswith(b"HTTP/1.1 200 OK\r\n") and old.endswith(b"\r\n\r\n")


def test_a_mapped_row_covers_head_too(serve):
    server = serve(config(authorization=agentos.authorization(excluded_routes_add=["GET /config"],
                                                              scope_mappings={"GET /models": ["custom:models"]})))
    assert server.http.head("/config").status_code == 200
    assert server.http.head("/models", headers=bearer()).status_code == 403
    assert server.http.head("/models", headers=bearer(scopes=("custom:models",))).status_code == 200


@pytest.mark.parametrize("method, status", [("QUERY", (405, 501)), ("NONSENSE", (501,)), ("get", (501,)), ("PROPFIND", (405,)),
                                            ("TRACE", (405,)), ("CONNECT", (400, 405)), ("G@T", (400,))])
def test_methods_that_are_not_ours(server, method, status):
    lines = "Host: localhost\r\nConnection: close\r\nAuthorization: " + bearer()["authorization"] + "\r\n\r\n"
    answer = server.raw(f"{method} /agents HTTP/1.1\r\n{lines}".encode(), half_close=False)
    assert int(answer.split(b" ", 2)[1]) in status, answer
    if int(answer.split(b" ", 2)[1]) == 501:
        assert answer.endswith(b'{"detail":"The method is not supported"}')


def test_a_preflight_offers_the_methods_that_are_taken(server):
    answer = server.http.options("/agents", headers={"origin": "https://x.example", "access-control-request-method": "QUERY"})
    offered = answer.headers["access-control-allow-methods"].split(", ")
    assert offered == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    for method in offered:
        lines = "Host: localhost\r\nConnection: close\r\nAuthorization: " + bearer()["authorization"] + "\r\n\r\n"
        answer = server.raw(f"{method} /agents HTTP/1.1\r\n{lines}".encode(), half_close=False)
        assert int(answer.split(b" ", 2)[1]) in (200, 405), method


def form(before=b"", after=b"", boundary=b"b"):
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return before + part % (b"message", b"hello") + part % (b"stream", b"false") + b"--b--\r\n" + after


@pytest.mark.parametrize("before, after, status", [
    (b"\r\n", b"", 200), (b"preamble\r\n", b"", 200), (b"", b"epilogue", 200), (b"\r\n\r\n", b"\r\n\r\n", 200),
    (b"a preamble\r\nof two lines\r\n", b"--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nno\r\n--b--", 200),
    (b"preamble", b"", 422), (b"\n", b"", 422),  # its first boundary does not begin a line: the message is a preamble
])
def test_a_form_may_have_a_preamble_and_an_epilogue(server, before, after, status):
    answer = server.post("/agents/echo/runs", content=form(before, after),
                         headers={**bearer(scopes=agentos.RUNNER), "content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["content"] == "Echo: hello"
