"""/openapi.json is a contract: it is whole, nothing in it is free that is not meant to be, and the answers of every route that
is built fit it, those that replay recorded transcripts of the reference included. Each property of each schema is seen in an
answer, so that taking one out of the table that writes it fails here."""
import copy
import json

import httpx
import jsonschema
import pytest

import agentos
import contract
import golden
from agentos import ADMIN, bearer, mint
from golden_lists import FLOWS
from provider import Provider

# What no answer of these tests has: a count that no provider here reports.
UNSEEN = {(schema, "cache_write_tokens") for schema in ("RunMetrics", "MessageMetrics")}
# A run that answers with JSON tells its id at its end, too late to cancel it; and no workflow runs here.
UNSEEN |= {("Run", "cancellation_stage"), ("SessionData", "session_metrics")}

CONFIG = {"description": "What it is for.", "agents": [
    {"id": "echo", "name": "Echo", "model": "offline:echo", "add_history_to_context": True, "description": "Repeats.",
     "instructions": "Repeat.", "role": "An echo", "num_history_runs": 5},
    {"id": "plain", "name": "Plain", "model": "offline:echo"},
    {"id": "counts", "name": "Counts", "model": "responses:say"}, {"id": "thinks", "name": "Thinks", "model": "chat:think"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    provider = Provider()
    models = {name: {"provider": kind, "base_url": provider.url, "api_key": "sk-none"}
              for name, kind in (("responses", "openai"), ("chat", "openai-chat"))}
    shared = agentos.Server(tmp_path_factory.mktemp("contract"),
                            agentos.config(**CONFIG, models=models, database="sqlite:contract.db"))
    yield shared
    shared.stop()
    provider.close()


@pytest.fixture(scope="module")
def document(server):
    return contract.of(server)


def schemas_of(document):
    """Every schema of the document, with where it stands."""
    yield from document["components"]["schemas"].items()
    for pattern, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {pattern}"
            for status, response in operation["responses"].items():
                for media, content in response.get("content", {}).items():
                    yield f"{where} {status} {media}", content["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{where} body", content["schema"]
            for parameter in operation["parameters"]:
                yield f"{where} {parameter['name']}", parameter["schema"]


# ---- the document ----


def test_every_schema_is_one_and_every_list_says_of_what(document):
    for where, schema in schemas_of(document.document):
        jsonschema.Draft202012Validator.check_schema(schema)
        for path, inner in contract.objects_of(schema):
            assert inner.get("type") != "array" or "items" in inner, (where, path)
            if "$ref" in inner:
                assert inner["$ref"].rsplit("/", 1)[1] in document.schemas, inner


def test_no_answer_is_free_but_at_the_listed_members(document):
    for where, schema in schemas_of(document.document):
        if " body" in where or where.startswith("GET /openapi.json 200"):
            continue
        for path, inner in contract.objects_of(schema):
            is_closed = inner.get("additionalProperties") is False or inner.get("type") not in ("object", None)
            is_free = not is_closed and not {"$ref", "anyOf", "oneOf"} & set(inner)
            never_filled = inner == {}  # the items of a list that is always empty
            assert not is_free or path[-1:] and path[-1] in contract.FREE or never_filled, (where, path, inner)


def test_a_list_without_a_schema_of_its_items_is_always_empty(document):
    for where, schema in schemas_of(document.document):
        for path, inner in contract.objects_of(schema):
            if inner.get("type") == "array" and inner["items"] == {} and " body" not in where:
                assert inner["maxItems"] == 0, (where, path)


def test_operations_have_ids_of_their_own(document):
    ids = [operation["operationId"] for *_, operation in document.operations]
    assert len(set(ids)) == len(ids) and all(name.isidentifier() for name in ids)
    # those of the reference, so that a client generated from one document can be replaced by one from the other
    assert {"get_agents", "create_agent_run", "get_sessions", "get_session_runs", "update_session", "list_agent_runs"} <= set(ids)


def test_bodies_say_whether_they_are_required(document):
    for method, _, pattern, operation in document.operations:
        body = operation.get("requestBody")
        assert body is None or body["required"] is not ((method, pattern) == ("POST", "/sessions")), pattern
        assert body is None or set(body["content"]) in ({"application/json"}, {"multipart/form-data"})


@pytest.mark.parametrize("operation, name, schema", [
    ("get /sessions", "page", {"minimum": 1, "default": 1}),
    ("get /sessions", "limit", {"minimum": 1, "maximum": 1000, "default": 20}),
    ("get /sessions", "sort_order", {"enum": ["asc", "desc"], "default": "desc"}),
    ("get /service-accounts", "page", {"minimum": 1}),
    ("get /sessions/{session_id}/runs", "status", {"type": "array", "items": {"type": "string"}}),
    ("delete /sessions", "session_ids", {"type": "array", "items": {"type": "string"}}),
    ("delete /sessions", "session_types", {"type": "array", "items": {"type": "string", "enum": ["agent", "team", "workflow"]}}),
])
def test_an_input_says_what_it_may_be(document, operation, name, schema):
    method, pattern = operation.split()
    described = document.document["paths"][pattern][method]
    found = {parameter["name"]: parameter["schema"] for parameter in described["parameters"]}
    for content in described.get("requestBody", {}).get("content", {}).values():
        found |= content["schema"]["properties"]
    assert schema.items() <= found[name].items()


def test_the_scopes_of_an_account_are_objects(document):
    body = document.document["paths"]["/service-accounts"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    item = body["properties"]["scopes"]["items"]
    assert body["required"] == ["name"] and item["required"] == ["scope"] and set(item["properties"]) == {"scope", "effect"}


@pytest.mark.parametrize("name, listed, not_listed", [
    ("get /health", {"200", "400", "403", "500"}, {"401", "404", "422", "501"}),
    ("get /agents", {"200", "400", "401", "403", "429", "503"}, {"404", "413", "422", "501"}),
    ("post /agents/{agent_id}/runs", {"200", "400", "401", "403", "404", "413", "422", "429", "501", "503"}, {"409"}),
    ("post /sessions", {"201", "404", "409", "413", "422"}, {"200", "501"}),
    ("delete /sessions/{session_id}", {"204", "404", "503"}, {"200", "409"}),
    ("get /memories", {"401", "403", "501"}, {"200", "404", "422"}),
    ("get /-/ready", {"200", "503"}, {"401"}),
])
def test_an_operation_lists_the_statuses_that_it_can_answer(document, name, listed, not_listed):
    method, pattern = name.split()
    statuses = set(document.document["paths"][pattern][method]["responses"])
    assert listed <= statuses and not not_listed & statuses


@pytest.mark.parametrize("authorization, schemes", [
    (None, {}),
    (agentos.authorization(), {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}),
    (agentos.authorization(admin_scope="os:root"), {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}),
    (agentos.authorization(token_header="X-Token"), {"bearer": {"type": "apiKey", "in": "header", "name": "X-Token"}}),
])
def test_each_mode_has_its_security(serve, authorization, schemes):
    document = serve(agentos.config(authorization=authorization)).http.get("/openapi.json").json()
    assert document["components"].get("securitySchemes", {}) == schemes
    operations = {path: methods["get"] for path, methods in document["paths"].items() if "get" in methods}
    assert "security" not in operations["/health"]
    if authorization is None:
        assert not any("security" in operation or "401" in operation["responses"] for operation in operations.values())
        return
    assert operations["/agents"]["security"] == [{"bearer": []}]
    assert operations["/agents"]["x-required-scopes"] == ["agents:read"]
    assert operations["/-/metrics"]["x-required-scopes"] == ["telemetry:read"]


def test_a_security_key_is_a_bearer_that_is_no_jwt(serve):
    server = serve(agentos.config(authorization=None), env={"OS_SECURITY_KEY": "k" * 32})
    document = server.http.get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/agents"]["get"]["security"] == [{"bearer": []}]


@pytest.mark.parametrize("path, scope", [("/-/metrics", "telemetry:read"), ("/queue/stats", "agent_os:admin"), ("/agents", "agents:read")])
def test_the_page_of_routes_names_what_a_row_demands(server, path, scope):
    row = next(line for line in server.http.get("/docs").text.splitlines() if f"<code>{path}</code>" in line)
    assert f"<code>{scope}</code>" in row


# ---- the answers ----


class Recorder:
    """Sends requests and holds each answer against the contract."""

    def __init__(self, server, document):
        self.server, self.document, self.answered = server, document, set()
        self.headers = bearer(sub="ann", scopes=ADMIN)

    def __call__(self, method, path, *, headers=None, status=200, **more):
        response = self.server.http.request(method, path, headers=self.headers if headers is None else headers, **more)
        assert response.status_code == status, (method, path, response.status_code, response.text[:300])
        assert self.document.check_response(response)
        self.answered.add((response.request.method, self.document.operation(method, response.request.url.path)[0], status))
        return response


def run_routes(send):
    run = send("POST", "/agents/echo/runs", data={"message": "hello", "stream": "false", "session_id": "s1", "session_state": '{"a": 1}',
                                                  "metadata": '{"m": [1]}'}).json()
    send("POST", "/agents/echo/runs", data={"message": "again", "session_id": "s1"})
    send("POST", "/agents/echo/runs", data={"message": "/fail now", "session_id": "s1"})
    send("POST", "/agents/echo/runs", data={"message": "/fail now", "session_id": "s1", "stream": "false"})
    send("POST", "/agents/plain/runs", data={"message": "hello", "session_id": "s2", "stream_events": "false"})
    for agent in ("counts", "thinks"):
        for stream in ("true", "false"):
            send("POST", f"/agents/{agent}/runs", data={"message": "hello", "session_id": agent, "stream": stream})
        one = send("GET", f"/agents/{agent}/runs", params={"session_id": agent}).json()[0]
        send("GET", f"/agents/{agent}/runs/{one['run_id']}", params={"session_id": agent})
        send("GET", f"/sessions/{agent}")
    send("POST", "/agents/echo/runs", data={}, status=422)
    send("POST", "/agents/echo/runs", data={"message": "x", "background": "true"}, status=501)
    send("POST", "/agents/echo/runs", data={"message": "x" * 300_000}, status=413)
    send("POST", "/agents/nobody/runs", data={"message": "x"}, status=404)
    send("GET", "/agents/echo/runs", params={"session_id": "s1"})
    send("GET", "/agents/echo/runs", status=422)
    send("GET", f"/agents/echo/runs/{run['run_id']}", params={"session_id": "s1"})
    send("GET", "/agents/echo/runs/none", params={"session_id": "s1"}, status=404)
    send("POST", f"/agents/echo/runs/{run['run_id']}/cancel", params={"session_id": "s1"})
    return run["run_id"]


def cancelled_run(send):
    """A run that a request stops while its model is at work."""
    with send.server.http.stream("POST", "/agents/echo/runs", headers=send.headers,
                                 data={"message": "/slow 2000", "session_id": "s3"}) as response:
        lines, text = response.iter_lines(), []
        for line in lines:
            text.append(line)
            if '"event":"RunContent"' in line:
                run_id = json.loads(line[6:])["run_id"]
                break
        send("POST", f"/agents/echo/runs/{run_id}/cancel")
        text += list(lines)
    assert "event: RunCancelled" in text
    assert send.document.check("POST", "/agents/echo/runs", 200, "text/event-stream", "\n".join(text).encode())
    send("GET", "/sessions/s3/runs")
    send("GET", f"/agents/echo/runs/{run_id}", params={"session_id": "s3"})
    send("GET", "/agents/echo/runs", params={"session_id": "s3"})


def session_routes(send, run_id):
    for kind in ("agent", "team", "workflow"):
        body = {"session_id": f"new-{kind}", f"{kind}_id": "x1", "session_state": {"a": 1}, "metadata": {"b": 2}, "session_name": "N"}
        send("POST", "/sessions", params={"type": kind}, json=body, status=201)
        send("POST", "/sessions", params={"type": kind}, json=body, status=409)
        send("PATCH", f"/sessions/new-{kind}", json={"summary": {"s": 1}})
        send("GET", f"/sessions/new-{kind}")
        send("POST", "/sessions", params={"type": kind}, json={"session_id": f"bare-{kind}"}, status=201)
        send("POST", f"/sessions/bare-{kind}/rename", json={"session_name": "renamed"})
    send("POST", "/sessions/s1/rename", json={"session_name": "renamed"})
    send("POST", "/sessions/s1/rename", json={}, status=422)
    send("GET", "/sessions")
    send("GET", "/sessions", params={"limit": "x", "page": 0, "sort_order": "up"}, status=422)
    send("GET", "/sessions/s1")
    send("GET", "/sessions/none", status=404)
    send("GET", "/sessions/s1/runs")
    send("GET", "/sessions/s1/run-previews")
    send("GET", f"/sessions/s1/runs/{run_id}")
    send("DELETE", "/sessions/s2", status=204)
    send("DELETE", "/sessions/s2", params={"delete_media": "true"}, status=503)
    send("DELETE", "/sessions", json={"session_ids": ["a"], "session_types": ["agent"]}, status=204)
    send("DELETE", "/sessions", json={"session_ids": [], "session_types": []}, status=422)
    send("DELETE", "/sessions", json={"session_ids": ["a"] * 1001, "session_types": ["agent"] * 1001}, status=422)
    send("POST", "/sessions", content=b"{", status=422)


def account_routes(send):
    account = send("POST", "/service-accounts", json={"name": "m1", "scopes": [{"scope": "agents:read"}, {"scope": "agents:echo:run"}]},
                   status=201).json()
    send("POST", "/service-accounts", json={"name": "m1"}, status=409)
    send("POST", "/service-accounts", json={"name": "M 1", "expires_in_days": 0}, status=422)
    send("POST", "/service-accounts", json={"name": "m2", "expires_in_days": 4000}, status=422)
    send("GET", "/service-accounts")
    send("GET", "/authz/whoami", headers={"authorization": "Bearer " + account["token"]})
    send("DELETE", f"/service-accounts/{account['id']}", status=204)
    send("DELETE", "/service-accounts/none", status=404)


def other_routes(send):
    for path in ("/", "/health", "/info", "/openapi.json", "/-/metrics", "/-/ready", "/docs", "/redoc", "/docs/oauth2-redirect", "/config",
                 "/models", "/agents", "/agents/echo", "/agents/plain", "/teams", "/workflows", "/authz/audit", "/authz/whoami"):
        send("GET", path)
    send("GET", "/config", headers=bearer(scopes=("config:read",)))
    send("GET", "/agents", headers={}, status=401)
    send("GET", "/agents", headers=bearer(scopes=("sessions:read",)), status=403)
    send("POST", "/memories", status=501)
    send("GET", "/health", params={"access_token": "x"})
    for path, token in (("/agents", None), ("/agents", mint(scopes=("agents:read",))), ("/nothing", None)):
        send("POST", "/authz/explain", json={"method": "GET", "path": path, **({"token": token} if token else {})})
    send("POST", "/authz/explain", json={"method": "GET", "path": "agents"}, status=400)


@pytest.fixture(scope="module")
def answers(server, document):
    """The contract, once every route that is built has answered."""
    send = Recorder(server, document)
    run_id = run_routes(send)
    cancelled_run(send)
    session_routes(send, run_id)
    account_routes(send)
    other_routes(send)
    return send


def test_every_built_route_answers_as_described(answers):
    successes = {(method, pattern) for method, pattern, status in answers.answered if status < 300}
    described = {(method, pattern) for method, _, pattern, operation in answers.document.operations
                 if any(status < "300" for status in operation["responses"])}
    assert successes == described


def test_every_property_is_in_an_answer(answers):
    named = {(name, member) for name, schema in answers.document.schemas.items() for member in schema.get("properties", ())}
    assert len(named) > 250
    assert named - set(answers.document.seen) == UNSEEN


def test_an_answer_does_not_fit_once_a_property_is_taken_out(answers):
    """What happens where a table that writes answers loses a row, but not the answers that clients rely on."""
    for (name, member), (schema, value) in answers.document.seen.items():
        if name is None:
            continue
        document = copy.copy(answers.document.document)
        document["components"] = copy.deepcopy(document["components"])
        del document["components"]["schemas"][name]["properties"][member]
        assert not contract.Contract(document).fits(schema, value), (name, member)


@pytest.mark.parametrize("change", [
    lambda agent: agent.pop("id"), lambda agent: agent.update(new=1), lambda agent: agent.update(name=5),
    lambda agent: agent["model"].update(new=1), lambda agent: agent["sessions"].pop("session_table"),
    lambda agent: agent.update(filesystem="no")])
def test_an_answer_that_is_changed_does_not_fit(server, document, change):
    """The judge itself: what it must refuse."""
    agents = server.http.get("/agents", headers=bearer(scopes=ADMIN)).json()
    schema = document.document["paths"]["/agents"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert document.fits(schema, agents)
    change(agents[0])
    assert not document.fits(schema, agents)


def test_the_answers_of_all_tests_are_held_against_it(server, monkeypatch):
    """conftest.py sees to that."""
    def refuse(self, response):
        raise AssertionError(f"{response.status_code} was looked at")

    monkeypatch.setattr(contract.Contract, "check_response", refuse)
    for path, status in (("/health", 200), ("/agents", 401), ("/nothing", 401)):
        with pytest.raises(AssertionError, match=f"{status} was looked at"):
            server.http.get(path)


# ---- recorded transcripts ----


@pytest.mark.skipif(not golden.FOLDER.is_dir(), reason=f"no transcripts in {golden.FOLDER}")
@pytest.mark.parametrize("flow", FLOWS)
def test_the_answers_to_recorded_requests_fit(flow, tmp_path, document, monkeypatch):
    checked, sent = [], httpx.Client.send

    def send(self, request, **more):
        response = sent(self, request, **more)
        if not more.get("stream"):
            checked.append(document.check_response(response))
        return response

    monkeypatch.setattr(httpx.Client, "send", send)
    golden.replay(flow, tmp_path)
    assert any(checked)
