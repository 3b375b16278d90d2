"""Service accounts over HTTP: who may make one, with which scopes, how long it works, what it reaches,
and that its token is told once and is nowhere afterwards."""
import hashlib
import itertools
import os
import re
import signal
import sqlite3
import socket
import sqlite3
import time

import httpx
import pytest

import agentos
from agentos import ADMIN, PLANTED, authorization, bearer, cli, config

DEFAULT_SCOPES = ["agents:run", "teams:run", "workflows:run", "sessions:read", "config:read"]
REFUSED = (401, "Invalid or expired service account token")
THROTTLED = (429, "Too many failed authentication attempts")
MACHINES = ("service_accounts:read", "service_accounts:write", "service_accounts:delete")
ROOT = "a-security-key-of-at-least-32-bytes"
BOSS = {"sub": "admin-1", "scopes": ADMIN}
DAY = 86400
PLANTED.add(ROOT)


def kept(**more):
    """With a database that outlives the process; in memory there are no service accounts."""
    return config(**{"database": "sqlite:accounts.db", **more})


def ask(server, name="bot", scopes=None, headers=None, **body):
    if scopes is not None:
        body["scopes"] = [{"scope": scope} for scope in scopes]
    answer = server.post("/service-accounts", headers=headers or bearer(**BOSS), json={"name": name, **body})
    if answer.status_code == 201:
        PLANTED.add(answer.json()["token"])
    return answer


def make(server, name="bot", scopes=None, **named):
    answer = ask(server, name, scopes, allow_privileged_scopes=True, **named)
    assert answer.status_code == 201, answer.text
    return answer.json()


def using(account):
    return {"authorization": "Bearer " + account["token"]}


def told(answer):
    return answer.status_code, answer.json().get("detail")


def whoami(server, account):
    return server.get("/authz/whoami", headers=using(account))


def revoke(server, account, headers=None):
    return server.http.delete(f"/service-accounts/{account['id']}", headers=headers or bearer(**BOSS))


def listed(server, query="", headers=None):
    answer = server.get(f"/service-accounts{query}", headers=headers or bearer(**BOSS))
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(condition, seconds=30):
    """Waits for another process; what is waited for is asserted."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("accounts"), kept())
    yield shared
    shared.stop()


NAMES = (f"bot-{number}" for number in itertools.count())


# ---- making one ----

def test_an_account_has_the_default_scopes_for_ninety_days(server):
    account = make(server, next(NAMES))
    assert [scope["raw"] for scope in account["scopes"]] == DEFAULT_SCOPES
    assert account["expires_at"] - account["created_at"] == 90 * DAY
    assert account["token"].startswith(account["token_prefix"]) and len(account["token_prefix"]) == 16
    assert account["principal"] == f"sa:{account['name']}" and account["created_by"] == account["user_id"] == "admin-1"
    who = whoami(server, account).json()
    assert (who["kind"], who["user_id"], who["scopes"], who["is_admin"]) == (
        "service_account", account["principal"], DEFAULT_SCOPES, False)


@pytest.mark.parametrize("body, days", [
    ({"expires_in_days": 1}, 1), ({"expires_in_days": 3650}, 3650), ({"expires_in_days": None}, 90),
    ({"never_expires": True}, None), ({"never_expires": True, "expires_in_days": 5}, None), ({"never_expires": False}, 90)])
def test_the_expiry_is_as_asked(server, body, days):
    account = make(server, next(NAMES), **body)
    assert account["expires_at"] == (days and account["created_at"] + days * DAY)


def test_a_scope_is_shown_in_its_parts(server):
    account = make(server, next(NAMES), ["agents:alpha:run", "agents:*:read", "system:read", "agent_os:admin"])
    assert [(s["raw"], s["namespace"], s["sub_namespace"], s["permission"], s["value"], s["id"]) for s in account["scopes"]] == [
        ("agents:alpha:run", "agents", "alpha", "run", "allow", None), ("agents:*:read", "agents", "*", "read", "allow", None),
        ("system:read", "config", None, "read", "allow", None), ("agent_os:admin", "agent_os", None, "admin", "allow", None)]


def test_an_empty_list_of_scopes_is_none(server):
    account = make(server, next(NAMES), [])
    assert whoami(server, account).json()["scopes"] == []
    assert server.get("/config", headers=using(account)).status_code == 403


NAME_RULE = "Value error, Name must be a lowercase slug: start with a letter or digit, then letters, digits, '_' or '-' (max 63 chars)"
LONGEST = "a" * 63


@pytest.mark.parametrize("name", ["0", "a-b_c", LONGEST])
def test_these_are_names(server, name):
    assert make(server, name)["name"] == name


@pytest.mark.parametrize("name", ["", "A", "-a", "_a", "a b", "a\n", "a.b", "sa:x", "ä", LONGEST + "a", "a/b"])
def test_these_are_none(server, name):
    answer = ask(server, name)
    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"type": "value_error", "loc": ["body", "name"], "msg": NAME_RULE, "input": name,
                                        "ctx": {"error": {}}}]


BAD_BODIES = {
    "no name": ({}, "missing", ["body", "name"]),
    "a name that is a number": ({"name": 7}, "string_type", ["body", "name"]),
    "scopes that are a text": ({"name": "x", "scopes": "agents:run"}, "list_type", ["body", "scopes"]),
    "a scope that is a text": ({"name": "x", "scopes": ["agents:run"]}, "model_attributes_type", ["body", "scopes", 0]),
    "an item without scope": ({"name": "x", "scopes": [{"scope": "agents:run"}, {}]}, "missing", ["body", "scopes", 1, "scope"]),
    "a scope that is null": ({"name": "x", "scopes": [{"scope": None}]}, "string_type", ["body", "scopes", 0, "scope"]),
    "a wrong effect": ({"name": "x", "scopes": [{"scope": "agents:run", "effect": "maybe"}]}, "literal_error",
                       ["body", "scopes", 0, "effect"]),
    "deny": ({"name": "x", "scopes": [{"scope": "agents:run", "effect": "deny"}]}, "value_error", ["body", "scopes"]),
    "no day": ({"name": "x", "expires_in_days": 0}, "greater_than_equal", ["body", "expires_in_days"]),
    "too many days": ({"name": "x", "expires_in_days": 3651}, "less_than_equal", ["body", "expires_in_days"]),
    "all days": ({"name": "x", "expires_in_days": 2**62}, "less_than_equal", ["body", "expires_in_days"]),
    "a text for days": ({"name": "x", "expires_in_days": "1"}, "int_type", ["body", "expires_in_days"]),
    "a text for a flag": ({"name": "x", "allow_privileged_scopes": "yes"}, "bool_type", ["body", "allow_privileged_scopes"]),
    "too many scopes": ({"name": "x", "scopes": [{"scope": "agents:run"}] * 257}, "too_long", ["body", "scopes"]),
    "too long scopes": ({"name": "x", "scopes": [{"scope": f"agents:{'a' * 117}:run"}] * 64 + [{"scope": "agents:run"}]},
                        "value_error", ["body", "scopes"]),
    "a list": ([], "model_attributes_type", ["body"]),
}


@pytest.mark.parametrize("body, kind, loc", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_is_422(server, body, kind, loc):
    answer = server.post("/service-accounts", headers=bearer(**BOSS), json=body)
    assert answer.status_code == 422, answer.text
    assert [(fault["type"], fault["loc"]) for fault in answer.json()["detail"]] == [(kind, loc)]


def test_a_body_must_be_there_and_json(server):
    for body, headers in ((b"", {}), (b"null", {"content-type": "application/json"}), (b"{", {"content-type": "application/json"}),
                          (b'{"name":"x"}', {}), (b'{"name":"a","name":"b"}', {"content-type": "application/json"})):
        assert server.post("/service-accounts", headers={**bearer(**BOSS), **headers}, content=body).status_code == 422


@pytest.mark.parametrize("scopes, named", [
    (["nope"], "nope"), (["agents:run", "nope", "a:b:c:d"], "nope, a:b:c:d"), (["agents::run"], "agents::run"),
    (["agents:run "], "agents:run "), (["a,b:read"], "a,b:read"), ([""], "")])
def test_what_is_no_scope_is_400(server, scopes, named):
    assert told(ask(server, "x", scopes)) == (400, f"Invalid scope(s): {named}")


@pytest.mark.parametrize("scope", ["agents:write", "sessions:delete", "agent_os:admin", "service_accounts:read", "authz:read",
                                   "teams:crew:delete"])
def test_a_privileged_scope_is_given_deliberately(server, scope):
    assert told(ask(server, "x", ["agents:run", scope])) == (
        400, f"Privileged scope(s) require allow_privileged_scopes=true: {scope}. Privileged tokens must be deliberate, "
             "never accidental.")
    assert scope in [one["raw"] for one in make(server, next(NAMES), ["agents:run", scope])["scopes"]]


def test_the_checks_come_in_the_contracts_order(server):
    limited = bearer(scopes=("service_accounts:write",))
    assert told(ask(server, "x", ["nope", "agents:write"], headers=limited))[1].startswith("Invalid scope(s)")
    assert told(ask(server, "x", ["agents:write"], headers=limited))[1].startswith("Privileged scope(s)")
    taken = make(server, next(NAMES))["name"]
    assert told(ask(server, taken, ["agents:run"], headers=limited))[0] == 403
    assert told(ask(server, taken, ["agents:run"])) == (
        409, f"An active service account named '{taken}' already exists. Revoke it first to rotate.")


# ---- what one holds ----

@pytest.mark.parametrize("held, wanted, refused", [
    (("agents:run",), ["agents:run", "agents:alpha:run", "agents:*:run"], None),
    (("agents:alpha:run",), ["agents:alpha:run"], None),
    (("agents:alpha:run",), ["agents:alpha:run", "agents:run", "agents:beta:run"], "agents:run, agents:beta:run"),
    (("agents:run",), ["agents:read"], "agents:read"),
    (("agents:*:run",), ["agents:run"], None),
    ((), ["agent_os:admin"], "agent_os:admin"),
    (("agents:write", "agents:admin"), ["agent_os:admin"], "agent_os:admin"),
    (("agents:run",), None, "teams:run, workflows:run, sessions:read, config:read"),
    (ADMIN, ["agent_os:admin", "anything:at:all"], None)])
def test_nobody_grants_what_he_does_not_hold(server, held, wanted, refused):
    answer = ask(server, next(NAMES), wanted, headers=bearer(scopes=("service_accounts:write", *held)), allow_privileged_scopes=True)
    if refused is None:
        assert answer.status_code == 201, answer.text
    else:
        assert told(answer) == (403, f"Cannot grant scope(s) you do not hold: {refused}")
        assert "www-authenticate" in answer.headers


def test_an_account_makes_another_within_its_scopes_and_its_time(server):
    maker = make(server, next(NAMES), ["service_accounts:write", "agents:run"], expires_in_days=2)
    inner = make(server, next(NAMES), ["agents:alpha:run"], headers=using(maker), expires_in_days=1)
    assert inner["created_by"] == maker["principal"] and inner["expires_at"] < maker["expires_at"]
    for longer in ({}, {"never_expires": True}, {"expires_in_days": 3}):
        assert make(server, next(NAMES), ["agents:run"], headers=using(maker), **longer)["expires_at"] == maker["expires_at"]
    assert ask(server, "x", ["agents:read"], headers=using(maker)).status_code == 403
    forever = make(server, next(NAMES), ["service_accounts:write"], never_expires=True)
    assert make(server, next(NAMES), [], headers=using(forever), never_expires=True)["expires_at"] is None


def test_an_account_sees_and_revokes_the_accounts_that_it_made(server):
    maker = make(server, next(NAMES), [*MACHINES, "agents:run"])
    inner = make(server, next(NAMES), ["agents:run"], headers=using(maker))
    assert [one["id"] for one in listed(server, headers=using(maker))["data"]] == [inner["id"]]
    assert told(revoke(server, maker, headers=using(maker))) == (404, f"Service account '{maker['id']}' not found")
    assert revoke(server, inner, headers=using(maker)).status_code == 204
    assert told(whoami(server, inner)) == REFUSED and whoami(server, maker).status_code == 200


def test_no_account_changes_authorization_not_even_an_admins(server):
    admin = make(server, next(NAMES), ["agent_os:admin"])
    for method, path in (("POST", "/authz/roles"), ("PUT", "/authz/roles/x/scopes"), ("DELETE", "/authz/roles/x"),
                         ("POST", "/authz/subjects/x/roles"), ("POST", "/users"), ("PATCH", "/users/x")):
        assert told(server.http.request(method, path, headers=using(admin))) == (
            403, "Service accounts cannot change authorization")
        assert server.http.request(method, path, headers=bearer(**BOSS)).status_code == 501
    assert server.get("/authz/audit", headers=using(admin)).status_code == 200


# ---- the list ----

def test_the_list_hides_the_token_and_its_hash(server):
    account = make(server, next(NAMES))
    text = server.get("/service-accounts?limit=100", headers=bearer(**BOSS)).text
    digest = hashlib.sha256(account["token"].encode()).hexdigest()
    assert account["id"] in text and account["token"] not in text and digest not in text and "hash" not in text


def test_the_list_is_paged_sorted_and_filtered(serve):
    server = serve(kept())
    accounts = {name: make(server, name, expires_in_days=days) for name, days in (("b", 3), ("c", 1), ("a", 2))}
    revoke(server, accounts["c"])
    assert whoami(server, accounts["b"]).status_code == 200

    def names(query):
        return [one["name"] for one in listed(server, query)["data"]]

    assert names("") == ["a", "c", "b"] == names("?sort_by=token_hash") == names("?sort_order=down")
    assert names("?sort_order=asc") == ["b", "c", "a"]
    assert names("?sort_by=name&sort_order=asc") == ["a", "b", "c"]
    assert names("?sort_by=expires_at&sort_order=asc") == ["c", "a", "b"]
    assert names("?include_revoked=false") == ["a", "b"] == sorted(names("?include_revoked=no"))
    assert names("?sort_by=name&sort_order=asc&limit=1&page=2") == ["b"] and names("?page=9") == []
    assert listed(server, "?limit=2")["meta"] == {"page": 1, "limit": 2, "total_pages": 2, "total_count": 3, "search_time_ms": 0.0}
    used = {one["name"]: one["last_used_at"] for one in listed(server)["data"]}
    assert used["a"] is None and used["b"] is not None
    for query in ("?limit=0", "?limit=101", "?page=0", "?limit=x", "?include_revoked=maybe"):
        assert server.get(f"/service-accounts{query}", headers=bearer(**BOSS)).status_code == 422


# ---- isolation ----

def test_an_account_is_kept_to_itself_unless_it_is_an_admin(serve):
    server = serve(kept())  # user_isolation is off
    server.run("mine", headers=bearer("user-1", scopes=agentos.RUNNER), session_id="s-user")
    bot, other = (make(server, name, ["agents:run", "agents:read", "sessions:read", "sessions:delete"]) for name in ("bot", "other"))
    admin = make(server, "admin", ["agent_os:admin"])
    run = server.run("hi", headers=using(bot), session_id="s-bot", user_id="user-1")
    assert run["user_id"] == "sa:bot"

    def sessions(account):
        return sorted(one["session_id"] for one in server.get("/sessions", headers=using(account)).json()["data"])

    assert (sessions(bot), sessions(other), sessions(admin)) == (["s-bot"], [], ["s-bot", "s-user"])
    for session in ("s-bot", "s-user"):
        assert server.get(f"/sessions/{session}", headers=using(other)).status_code == 404
        assert server.http.delete(f"/sessions/{session}", headers=using(other)).status_code == 204
        assert server.get(f"/sessions/{session}", headers=using(admin)).status_code == 200
    answer = server.post("/agents/echo/runs", headers=using(other), data={"message": "x", "session_id": "s-user", "stream": "false"})
    assert answer.status_code == 404
    assert server.get("/sessions?user_id=user-1", headers=using(bot)).json()["data"][0]["session_id"] == "s-bot"


def test_under_isolation_each_sees_the_accounts_that_he_made(serve):
    server = serve(kept(authorization=authorization(user_isolation=True)))
    ann, bob = (bearer(sub, scopes=(*MACHINES, "agents:run")) for sub in ("ann", "bob"))
    admin = bearer(**BOSS)
    anns = make(server, "anns", ["agents:run"], headers=ann)
    nobodys = make(server, "nobodys", ["agents:run"], headers=bearer(sub=None, scopes=ADMIN))
    assert [one["id"] for one in listed(server, headers=ann)["data"]] == [anns["id"]]
    assert listed(server, headers=bob)["meta"]["total_count"] == 0
    assert listed(server, headers=admin)["meta"]["total_count"] == 2
    assert told(revoke(server, anns, headers=bob)) == (404, f"Service account '{anns['id']}' not found")
    assert told(revoke(server, nobodys, headers=bob)) == (403, "Cannot revoke a workspace-level service account")
    assert whoami(server, anns).status_code == whoami(server, nobodys).status_code == 200
    # The name is whose sessions are: rotated by its owner, taken over by nobody.
    run = server.post("/agents/echo/runs", headers=using(anns), data={"message": "x", "stream": "false"})
    assert run.status_code == 200
    assert revoke(server, anns, headers=ann).status_code == 204
    taken = ask(server, "anns", ["agents:run"], headers=bob)
    assert taken.status_code == 409 and "has been another user's" in taken.json()["detail"]
    assert make(server, "anns", ["agents:run"], headers=ann)["principal"] == "sa:anns"
    assert revoke(server, nobodys, headers=admin).status_code == 204


def test_without_authorization_a_pinned_user_cannot_free_himself(serve):
    server = serve(kept(authorization=authorization(enabled=False, user_isolation=True)))
    user = bearer("ann", scopes=())
    assert told(ask(server, "boss", ["agent_os:admin"], headers=user, allow_privileged_scopes=True)) == (
        403, "Cannot grant scope(s) you do not hold: agent_os:admin")
    account = make(server, "bot", ["agents:write"], headers=user)
    assert server.get("/sessions", headers=user).status_code == 200
    assert told(server.get("/sessions", headers=using(account)))[0] == 403  # its scopes count all the same


# ---- every way to authenticate ----

def test_a_security_key_makes_accounts_of_nobody(serve):
    server = serve(kept(authorization=None, security_key=ROOT))
    account = make(server, "bot", headers={"authorization": f"Bearer {ROOT}"})
    assert account["user_id"] is None and account["created_by"] is None
    assert server.get("/config", headers=using(account)).status_code == 200
    assert server.get("/agents", headers=using(account)).status_code == 403
    assert told(server.get("/agents", headers={"authorization": "Bearer agno_pat_x"})) == REFUSED


def test_an_open_server_gives_no_tokens_but_honours_those_given(serve, tmp_path):
    with_key = serve(kept(), folder=tmp_path)
    account = make(with_key, "bot")
    maker = make(with_key, "maker", ["service_accounts:write", "agents:run"])
    with_key.stop()
    server = serve(kept(authorization=None), folder=tmp_path)
    anonymous = server.post("/service-accounts", json={"name": "x"})
    assert told(anonymous) == (401, "JWT authentication is required to mint a service account.")
    assert server.get("/agents").status_code == 200
    assert server.get("/agents", headers=using(account)).status_code == 403
    assert whoami(server, account).json()["user_id"] == "sa:bot"
    for _ in range(30):  # ignored, and no failure
        assert server.get("/agents", headers={"authorization": "Bearer agno_pat_stale"}).status_code == 200
    assert make(server, "inner", ["agents:run"], headers=using(maker))["created_by"] == "sa:maker"
    assert ask(server, "x", ["agents:read"], headers=using(maker)).status_code == 403


@pytest.mark.parametrize("form", [{}, {"user_id": "ann"}, {"session_id": "s1"}, {"stream": "true"}], ids=str)
def test_what_an_account_runs_on_an_open_server_is_its_own(serve, tmp_path, form):
    with_key = serve(kept(), folder=tmp_path)
    account = make(with_key, "bot", ["agents:run", "sessions:read"])
    other = make(with_key, "other", ["sessions:read"])
    with_key.stop()
    server = serve(kept(authorization=None), folder=tmp_path)
    answer = server.post("/agents/echo/runs", headers=using(account), data={"message": "x", "stream": "false", **form})
    assert answer.status_code == 200
    if "stream" not in form:
        assert answer.json()["user_id"] == "sa:bot"
    session, = server.get("/sessions?type=agent", headers=using(account)).json()["data"]
    read = server.get(f"/sessions/{session['session_id']}?type=agent", headers=using(account)).json()
    assert read["user_id"] == "sa:bot"
    assert server.get("/sessions?type=agent", headers=using(other)).json()["data"] == []
    stale = server.post("/agents/echo/runs", headers={"authorization": "Bearer agno_pat_stale"}, data={"message": "x", "stream": "false"})
    assert stale.status_code == 200 and stale.json().get("user_id") is None


def test_tokens_work_where_unverified_ones_do_and_under_issuers(serve, tmp_path):
    first = serve(kept(), folder=tmp_path)
    account = make(first, "bot")
    first.stop()
    (tmp_path / "jwks.json").write_text('{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"k",'
                                        '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}')
    for block in ({"enabled": True, "validate": False},
                  {"issuers": [{"issuer": "https://idp.example/", "audience": "a", "jwks_file": "jwks.json",
                                "algorithms": ["EdDSA"]}]}):
        server = serve(kept(authorization=block), folder=tmp_path)
        assert server.get("/config", headers=using(account)).status_code == 200
        assert server.get("/agents", headers=using(account)).status_code == 403
        assert told(server.get("/config", headers={"authorization": "Bearer agno_pat_x"})) == REFUSED
        server.stop()


def test_who_was_not_verified_makes_none(serve):
    """What he made would outlive the proxy's word for him."""
    server = serve(kept(authorization={"enabled": True, "validate": False}))
    claims = dict(scopes=["service_accounts:write", "agents:run"])
    assert told(ask(server, "bot", ["agents:run"], headers=bearer(**claims))) == (
        401, "JWT authentication is required to mint a service account.")
    assert ask(serve(kept()), "bot", ["agents:run"], headers=bearer(**claims)).status_code == 201


def test_the_answer_with_the_token_is_not_to_be_kept(serve):
    assert ask(serve(kept()), "bot").headers["cache-control"] == "no-store"


def test_a_token_in_a_cookie_is_a_token(serve):
    server = serve(kept(authorization=authorization(token_source="both"), cors_origins=["https://app.example"]))
    account = make(server, "bot")
    cookie = {"cookie": f"access_token={account['token']}"}
    assert server.get("/config", headers=cookie).status_code == 200
    assert server.post("/agents/echo/runs", headers={**cookie, "sec-fetch-site": "cross-site"}, data={"message": "x"}).status_code == 403


def test_without_a_database_there_are_none(serve):
    server = serve(config())
    sentence = "Service Accounts not available: pass a `db` to AgentOS to enable this feature."
    assert told(ask(server)) == (503, sentence)
    assert told(server.post("/service-accounts", headers=bearer(**BOSS), content=b"{")) == (503, sentence)
    assert told(server.get("/service-accounts?limit=0", headers=bearer(**BOSS))) == (503, sentence)
    assert told(server.http.delete("/service-accounts/x", headers=bearer(**BOSS))) == (503, sentence)
    assert told(server.get("/agents", headers={"authorization": "Bearer agno_pat_x"})) == (
        401, "Service accounts are not enabled on this AgentOS instance")
    assert ask(server, headers=bearer()).status_code == 403 and server.get("/service-accounts").status_code == 401


# ---- revocation ----

def test_revoking_twice_is_as_once_and_the_unknown_is_404(server):
    account = make(server, next(NAMES))
    assert whoami(server, account).status_code == 200
    for _ in range(2):
        answer = revoke(server, account)
        assert (answer.status_code, answer.text) == (204, "")
        assert told(whoami(server, account)) == REFUSED
    row = next(one for one in listed(server, "?limit=100")["data"] if one["id"] == account["id"])
    assert row["revoked_at"] >= row["last_used_at"] >= row["created_at"]
    assert told(revoke(server, {"id": "none"})) == (404, "Service account 'none' not found")
    again = make(server, account["name"])
    assert again["token"] != account["token"] and again["id"] != account["id"]
    assert whoami(server, again).status_code == 200 and told(whoami(server, account)) == REFUSED


def test_a_revocation_holds_on_every_loop_at_once(serve):
    server = serve(kept(), arguments=("--loops", "4"))
    account = make(server, "bot")
    clients = [httpx.Client(base_url=server.url, timeout=20, trust_env=False) for _ in range(40)]
    try:
        for _ in range(3):
            assert {client.get("/config", headers=using(account)).status_code for client in clients} == {200}
            assert revoke(server, account).status_code == 204
            refusals = [told(client.get("/config", headers=using(account))) for client in clients]
            assert set(refusals) <= {REFUSED, THROTTLED}
            account = make(server, "bot")
        assert {client.get("/config", headers=using(account)).status_code for client in clients} == {200}
        loops = set(re.findall(r"request id=(\d+)-\d+ .* path=/config status=200", server.log))
        assert loops == {"0", "1", "2", "3"}
    finally:
        for client in clients:
            client.close()


def test_a_revocation_holds_though_its_client_has_left(serve):
    server = serve(kept())
    account = make(server, "bot")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"DELETE /service-accounts/{account['id']} HTTP/1.1\r\nHost: a\r\n"
                           f"Authorization: {bearer(**BOSS)['authorization']}\r\n\r\n".encode())
    until(lambda: whoami(server, account).status_code in (401, 429))
    assert listed(server)["data"][0]["revoked_at"] is not None


def test_a_body_that_comes_after_the_revocation_comes_too_late(serve):
    """Its head was let in; a revoked account makes no successor for itself with the rest
    (CWE-367)."""
    server = serve(kept())
    for late in (True, False):
        account = make(server, "maker", ["service_accounts:write"])
        body = b'{"name": "heir", "scopes": []}'
        head = (f"POST /service-accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {account['token']}\r\nContent-Length: {len(body)}\r\n"
                "Expect: 100-continue\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # so it was let in
            if late:
                assert revoke(server, account).status_code == 204
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 401 " if late else b"HTTP/1.1 201 "), answer
        PLANTED.update(re.findall(r"agno_pat_[0-9A-Za-z]{30,}", answer.decode()))
    assert [row["name"] for row in listed(server, "?include_revoked=false")["data"]] == ["heir", "maker"]


def test_what_was_confirmed_survives_kill_9(serve):
    server = serve(kept())
    lasting = make(server, "lasting")
    for round_number in range(3):
        made, ended = make(server, f"made-{round_number}"), make(server, f"ended-{round_number}")
        assert revoke(server, ended).status_code == 204
        server.kill()
        server.start()
        assert whoami(server, made).status_code == whoami(server, lasting).status_code == 200
        assert told(whoami(server, ended)) == REFUSED


def test_a_restart_and_a_reload_know_the_accounts_and_their_uses(serve):
    server = serve(kept())
    account = make(server, "bot")
    assert whoami(server, account).status_code == 200
    server.stop()
    server.start()
    assert listed(server)["data"][0]["last_used_at"] is not None  # written at the end
    assert whoami(server, account).json()["is_admin"] is False
    server.file.write_text(server.file.read_text().replace('"enabled": true', '"enabled": true, "admin_scope": "config:read"'))
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: "reloaded" in server.log)
    until(lambda: whoami(server, account).json()["is_admin"] is True)  # each loop takes it up by itself
    assert revoke(server, account, headers=bearer("root", scopes=("config:read",))).status_code == 204
    assert told(whoami(server, account)) == REFUSED


def test_what_another_process_changes_in_the_database_is_heard_of(serve, tmp_path):
    """A second server is refused the file; a connection of its own is not."""
    server = serve(kept(database=f"sqlite:{tmp_path}/shared.db"))
    account = make(server, "bot")
    assert whoami(server, account).status_code == 200
    with sqlite3.connect(tmp_path / "shared.db", timeout=20, isolation_level=None) as other:
        change = "UPDATE service_accounts SET revoked_at = ? WHERE name = 'bot'"
        other.execute(change, (int(time.time()),))
        until(lambda: whoami(server, account).status_code in (401, 429))
        other.execute(change, (None,))
        until(lambda: whoami(server, account).status_code == 200)
        assert revoke(server, account).status_code == 204
        until(lambda: whoami(server, account).status_code in (401, 429))


# ---- the throttle ----

def test_who_fails_too_often_is_throttled_and_a_good_token_never_is(serve):
    server = serve(kept(), arguments=("--loops", "4"))
    account, bad = make(server, "bot"), {"authorization": "Bearer agno_pat_doesnotexist"}
    answers = []
    for _ in range(40):
        with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:  # whichever loop it is
            answers.append(client.get("/agents", headers=bad))
    assert [told(answer) for answer in answers] == [REFUSED] * 20 + [THROTTLED] * 20
    assert answers[0].headers["www-authenticate"].startswith("Bearer ") and answers[-1].headers["retry-after"] == "60"
    for _ in range(30):
        assert told(server.get("/agents", headers=bad)) == THROTTLED
        assert server.get("/config", headers=using(account)).status_code == 200
        assert server.get("/agents", headers=bearer()).status_code == 200
        assert server.get("/agents", headers={"authorization": "Bearer x"}).status_code == 401  # no account's token
    elsewhere = {"x-forwarded-for": "192.0.2.7"}  # from loopback, which is a trusted proxy
    assert told(server.get("/agents", headers={**bad, **elsewhere})) == REFUSED


def test_nobody_hides_behind_a_forwarded_address_of_his_own(serve):
    server = serve(kept(trusted_proxies=["192.0.2.0/24"]))
    answers = [told(server.get("/agents", headers={"authorization": "Bearer agno_pat_x", "x-forwarded-for": f"10.0.0.{n}"}))
               for n in range(25)]
    assert answers == [REFUSED] * 20 + [THROTTLED] * 5


# ---- what is written, and what is not ----

def test_the_token_is_in_no_file(serve):
    server = serve(kept())
    account = make(server, "bot", ["agents:run"])
    server.run("hi", headers=using(account))
    assert server.post("/authz/explain", headers=bearer(**BOSS),
                       json={"method": "GET", "path": "/agents", "token": account["token"]}).status_code == 200
    revoke(server, account)
    secret, digest = account["token"][len("agno_pat_"):], hashlib.sha256(account["token"].encode()).hexdigest()
    server.kill()  # the write-ahead log stays
    files = {file.name: file.read_bytes() for file in server.folder.iterdir() if file.is_file()}
    assert {"accounts.db", "accounts.db-wal", "log-1"} <= set(files)
    assert any(digest.encode() in data for data in files.values())
    for name, data in files.items():
        assert secret.encode() not in data and secret[7:].encode() not in data, name


def test_making_and_revoking_stand_in_the_audit(serve):
    server = serve(kept())
    account = make(server, "bot", ["agents:run"])
    for _ in range(2):
        revoke(server, account)
    rows = server.get("/authz/audit?search=service_account", headers=bearer(**BOSS)).json()["data"]
    image = {"id": account["id"], "scopes": ["agents:run"], "expires_at": account["expires_at"]}
    assert [(row["action"], row["actor"], row["target"], row["before"], row["after"]) for row in rows] == [
        ("service_account.revoked", "admin-1", "sa:bot", image, None),
        ("service_account.created", "admin-1", "sa:bot", None, image)]
    assert account["token"] not in str(rows)
    server.stop()
    assert cli("audit", "verify", "--config", server.file).returncode == 0


def test_a_change_that_cannot_be_audited_does_not_happen(serve):
    server = serve(kept())
    account = make(server, "bot")
    with sqlite3.connect(server.folder / "accounts.db") as database:
        database.execute("CREATE TRIGGER stop BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no'); END")
    database.close()
    assert ask(server, "second").status_code >= 500
    assert revoke(server, account).status_code >= 500
    assert [one["name"] for one in listed(server, "?include_revoked=false")["data"]] == ["bot"]
    assert whoami(server, account).status_code == 200


# ---- explaining and counting ----

def explain(server, token, path="/agents", method="GET"):
    answer = server.post("/authz/explain", headers=bearer(**BOSS), json={"method": method, "path": path, "token": token})
    assert answer.status_code == 200
    body = answer.json()
    return body, {(step["name"], step["passed"]): step["detail"] for step in body["steps"]}


def test_explain_tells_what_an_account_is_and_leaves_no_trace(serve):
    server = serve(kept())
    account = make(server, "bot")
    for _ in range(30):
        body, steps = explain(server, "agno_pat_unknown")
        assert (body["allowed"], body["status"], body["detail"]) == (False, *REFUSED)
        assert "no active account" in steps["service account", False] and "POST /service-accounts" in body["advice"]
        body, steps = explain(server, account["token"])
        assert body["status"] == 403 and steps["service account", True] == "the token of 'sa:bot'"
        assert "agents:read" in body["advice"]
    body, steps = explain(server, account["token"], "/sessions")
    assert body["allowed"] and steps["isolation", True] == "can only reach the data of 'sa:bot'"
    assert listed(server)["data"][0]["last_used_at"] is None
    assert told(server.get("/agents", headers={"authorization": "Bearer agno_pat_unknown"})) == REFUSED
    assert account["token"] not in server.log


def test_failures_are_counted_by_kind(serve):
    server = serve(kept())
    for _ in range(23):
        server.get("/agents", headers={"authorization": "Bearer agno_pat_unknown"})
    text = server.get("/-/metrics", headers=bearer(**BOSS)).text
    assert 'agentos_auth_failures_total{reason="service_account"} 20' in text
    assert 'agentos_auth_failures_total{reason="throttled"} 3' in text


def test_a_name_that_owns_nothing_is_free_again(serve):
    server = serve(kept(authorization=authorization(user_isolation=True)))
    ann, bob = (bearer(sub, scopes=(*MACHINES, "agents:run")) for sub in ("ann", "bob"))
    anns = make(server, "shared", ["agents:run"], headers=ann)
    assert ask(server, "shared", ["agents:run"], headers=bob).status_code == 409
    assert revoke(server, anns, headers=ann).status_code == 204
    assert make(server, "shared", ["agents:run"], headers=bob)["principal"] == "sa:shared"


def test_one_maker_has_a_part_of_the_places_also_through_accounts(serve):
    server = serve(kept())
    ann, bob = (bearer(sub, scopes=(*MACHINES, "agents:run")) for sub in ("ann", "bob"))
    helper = make(server, "helper", [*MACHINES, "agents:run"], headers=ann)
    with sqlite3.connect(server.folder / "accounts.db") as database:
        for n in range(248):
            database.execute("INSERT INTO service_accounts (account_id, name, issuer, user_id, token_hash, token_prefix, scopes,"
                             " created_at) VALUES (?, ?, '', 'sa:helper', ?, '', '[]', 1)", (f"i{n}", f"n{n}", f"h{n}"))
    database.close()
    last = make(server, "last", ["agents:run"], headers=using(helper))
    full = (409, "You have 250 active service accounts, with those that they have made, which is the most one user can have. "
                 "Revoke one first.")
    for headers in (ann, using(helper)):
        assert told(ask(server, "beyond", ["agents:run"], headers=headers)) == full
    make(server, "bobs", ["agents:run"], headers=bob)
    make(server, "admins", ["agents:run"], headers=bearer(sub="ann", scopes=ADMIN))
    for account in (last, listed(server, headers=ann)["data"][0]):
        assert revoke(server, account, headers=bearer(**BOSS)).status_code == 204
    make(server, "again", ["agents:run"], headers=using(helper))


def test_accounts_that_make_each_other_are_few(serve):
    server = serve(kept())
    maker = bearer("ann", scopes=(*MACHINES, "agents:run"))
    for n in range(9):
        maker = using(make(server, f"link{n}", [*MACHINES, "agents:run"], headers=maker))
    assert told(ask(server, "link9", ["agents:run"], headers=maker)) == (
        409, "Service accounts can make each other 8 times in a row at most.")


def test_there_is_an_end_to_how_many_there_can_be(serve):
    server = serve(kept())
    first = make(server, "first")
    with sqlite3.connect(server.folder / "accounts.db") as database:
        for n in range(998):
            database.execute("INSERT INTO service_accounts (account_id, name, issuer, token_hash, token_prefix, scopes, created_at)"
                             " VALUES (?, ?, '', ?, '', '[]', 1)", (f"i{n}", f"n{n}", f"h{n}"))
    database.close()
    last = make(server, "last")
    assert told(ask(server, "beyond")) == (
        409, "There are 1000 active service accounts, which is the most there can be. Revoke one first.")
    assert whoami(server, first).status_code == whoami(server, last).status_code == 200
    assert revoke(server, first).status_code == 204
    assert whoami(server, make(server, "beyond")).status_code == 200
