"""Every row of the table against every kind of credential: no handler answers without its scope.
The rows come from the program itself, so that a new one is tested without being named here.

agno's interfaces once stood beside the check: A2A (agno #10052, #8629), AG-UI under a prefix (#8633), MCP as one
unmapped route for every agent (#8705), WebSockets without the claims (#8684). authorize() stands before every row."""
import itertools
import json
import re

import pytest

import agentos
from agentos import bearer, mint

ROWS = json.loads(agentos.cli("routes", "--json").stdout)
SERVED = {"agentos"}  # surfaces that this file calls; a new one needs its server here
assert {row["surface"] for row in ROWS} == SERVED
PRIVATE = [row for row in ROWS if not row["public"]]
CLOSED = [row for row in PRIVATE if not row["any_token"]]  # a valid token alone does not open them
SCOPED = [row for row in CLOSED if not row["admin"]]
KINDS = ("agents", "teams", "workflows")
CONFIG = {"database": "sqlite:matrix.db", "agents": [{"id": "echo", "model": "offline:echo"}, {"id": "plain", "model": "offline:echo"}]}

# What a handler answers when it was reached with a request that holds nothing.
HANDLED = {200, 201, 204, 400, 404, 422, 501}


def name_of(row):
    return f"{row['method']} {row['pattern']}"


def demands_of(row):
    return sorted({*row["scopes"], *([row["gate"]] if row["gate"] else [])})


def kind_of(row):
    """The kind whose ids this row's scopes may name; None: it has no such id."""
    found = re.match(r"/(\w+)/\{\w+_id\}", row["pattern"])
    return found.group(1) if found and found.group(1) in KINDS else None


def with_id(scope, resource):
    kind, action = scope.split(":")
    return f"{kind}:{resource}:{action}"


ADDRESSES = (f"198.51.{n >> 8 & 255}.{n & 255}" for n in itertools.count())
NAMES = (f"m-{n}" for n in itertools.count())


def elsewhere():
    return {"x-forwarded-for": next(ADDRESSES)}


def machine(server, scopes):
    """A service account with these scopes, as headers; and its id."""
    made = server.post("/service-accounts", headers=bearer("admin-1", scopes=agentos.ADMIN), json={
        "name": next(NAMES), "scopes": [{"scope": scope} for scope in scopes], "allow_privileged_scopes": True})
    assert made.status_code == 201, made.text
    agentos.PLANTED.add(made.json()["token"])
    return {"authorization": f"Bearer {made.json()['token']}"}, made.json()["id"]


def ask(server, row, headers=None, resource="echo"):
    path = re.sub(r"\{\w+\}", resource, row["pattern"])
    answer = server.http.request(row["method"], path, headers=headers)
    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("matrix"), agentos.config(**CONFIG))
    yield shared
    shared.stop()


def test_the_table_was_read():
    assert len(SCOPED) > 100 and all(demands_of(row) for row in SCOPED)
    assert [name_of(row) for row in PRIVATE if row["any_token"] and row["built"]] == ["GET /authz/whoami"]
    assert not [name_of(row) for row in PRIVATE if row["admin"] and row["built"]]
    assert {kind_of(row) for row in PRIVATE} == {None, *KINDS}


@pytest.mark.parametrize("row", PRIVATE, ids=name_of)
def test_who_cannot_say_who_he_is_gets_401(server, row):
    forged = mint(scopes=agentos.ADMIN, secret="another-secret-0123456789-0123456789")
    expired = mint(scopes=agentos.ADMIN, ttl=-3600)
    unsigned = mint(scopes=agentos.ADMIN, secret="", algorithm="none")
    for value in (None, "", "Bearer", "Bearer x", "Basic YTpi", f"Bearer {forged}", f"Bearer {expired}",
                  f"Bearer {unsigned}", "Bearer agno_pat_x"):
        # Each from an address of its own, since service-account tokens that are none are counted.
        answer = ask(server, row, {**elsewhere(), **({} if value is None else {"authorization": value})})
        assert answer.status_code == 401, (value, answer.status_code)


@pytest.mark.parametrize("row", CLOSED, ids=name_of)
def test_without_the_scope_it_is_403(server, row):
    demands = demands_of(row)
    others = [scope for other in PRIVATE for scope in demands_of(other) if scope not in demands]
    near = [form for scope in demands for form in
            (scope.upper(), f" {scope}", f"{scope} ", f"{scope}\n", f"{scope}:", f":{scope}", scope.replace(":", "::"),
             with_id(scope, "other"), with_id(scope, "ech"), with_id(scope, "Echo"), with_id(scope, "**"),
             f"{scope.split(':')[0]}:*", f"*:{scope.split(':')[1]}", "*", "*:*", "*:*:*", "agent_os:admi", "admin")]
    if row["method"] == "GET" and row["pattern"][1:] in KINDS:  # a listing shows what little may be seen
        near = [form for form in near if form.count(":") < 2 or "" in form.split(":")]
    for scopes in ((), tuple(others), tuple(near), " ".join(demands) + " x"):
        answer = ask(server, row, bearer(scopes=scopes))
        assert answer.status_code == 403, (scopes, answer.status_code, answer.text)


@pytest.mark.parametrize("row", [row for row in PRIVATE if len(demands_of(row)) > 1], ids=name_of)
def test_each_of_two_demands_is_made(server, row):
    for scope in demands_of(row):
        assert ask(server, row, bearer(scopes=(scope,))).status_code == 403


@pytest.mark.parametrize("row", [row for row in PRIVATE if kind_of(row)], ids=name_of)
def test_a_scope_for_one_resource_opens_that_one_alone(server, row):
    headers = bearer(scopes=tuple(with_id(scope, "echo") for scope in demands_of(row)))
    assert ask(server, row, headers).status_code in HANDLED
    for other in ("plain", "Echo", "echo2", "echo%20", "%20echo", "*", "nope"):
        assert ask(server, row, headers, other).status_code == 403, other


@pytest.mark.parametrize("row", [row for row in CLOSED if not kind_of(row) and row["pattern"][1:] not in KINDS],
                         ids=name_of)
def test_a_scope_with_an_id_opens_nothing_that_has_none(server, row):
    headers = bearer(scopes=tuple(with_id(scope, "echo") for scope in demands_of(row)))
    assert ask(server, row, headers).status_code == 403


@pytest.mark.parametrize("row", [row for row in PRIVATE if row not in SCOPED], ids=name_of)
def test_what_asks_for_no_scope_is_open_to_its_kind(server, row):
    everything = tuple(scope for other in SCOPED for scope in demands_of(other))
    opened = 200 if row["built"] else 501
    assert ask(server, row, bearer(scopes=agentos.ADMIN)).status_code == opened
    assert ask(server, row, bearer(scopes=everything)).status_code == (opened if row["any_token"] else 403)


@pytest.mark.parametrize("row", SCOPED, ids=name_of)
def test_the_scope_opens_it(server, row):
    for scopes in (demands_of(row), [with_id(scope, "*") for scope in demands_of(row)], agentos.ADMIN):
        answer = ask(server, row, bearer(scopes=tuple(scopes)))
        assert answer.status_code in (HANDLED - {501} if row["built"] else {501}), answer.text


def is_for_people(row):
    """Who decides over others is somebody (docs/design/security.md 22)."""
    return "authz:write" in row["scopes"]


@pytest.mark.parametrize("row", SCOPED, ids=name_of)
def test_a_service_account_opens_what_its_scopes_do(server, row):
    others = sorted({scope for other in SCOPED for scope in demands_of(other) if scope not in demands_of(row)})
    nobody, _ = machine(server, ())
    wrong, _ = machine(server, others)
    right, account = machine(server, demands_of(row))
    admin, _ = machine(server, agentos.ADMIN)
    for headers in (nobody, wrong):
        assert ask(server, row, headers).status_code == 403
    for headers in (right, admin):
        answer = ask(server, row, headers)
        opened = HANDLED - {501} if row["built"] else {501}
        assert answer.status_code in ({403} if is_for_people(row) else opened), answer.text
    assert server.http.delete(f"/service-accounts/{account}", headers=bearer(scopes=agentos.ADMIN)).status_code == 204
    assert ask(server, row, {**right, **elsewhere()}).status_code == 401


@pytest.mark.parametrize("row", [row for row in PRIVATE if row not in SCOPED], ids=name_of)
def test_a_service_account_is_one_of_those_of_whom_no_scope_is_asked(server, row):
    nobody, _ = machine(server, ())
    admin, _ = machine(server, agentos.ADMIN)
    opened = 200 if row["built"] else 501
    assert ask(server, row, nobody).status_code == (opened if row["any_token"] else 403)
    assert ask(server, row, admin).status_code == opened
