"""Explaining, the audit and the metrics: every step is told, no secret is, and a flood stays small."""
import json
import re
import sqlite3
import time

import pytest

from agentos import ADMIN, PLANTED, RUNNER, SECRET, authorization, bearer, cli, config, mint
from key_server import Key

READER = ("authz:read",)


def explain(server, method="GET", path="/agents", token=None, headers=None, status=200):
    body = {"method": method, "path": path, **({"token": token} if token is not None else {})}
    answer = server.post("/authz/explain", json=body, headers=headers or bearer(scopes=READER))
    assert answer.status_code == status, answer.text
    return answer.json()


def steps(answer):
    return {step["name"]: step for step in answer["steps"]}


# ---- explain ----

DECISIONS = {
    # name: (method, path, token, status or None, steps that passed, steps that failed)
    "allowed": ("GET", "/agents", lambda: mint(), None, {"route", "token", "format", "key", "claims", "access"}, set()),
    "public": ("GET", "/health", lambda: None, None, {"route", "access"}, set()),
    "no token": ("GET", "/agents", lambda: None, 401, {"route"}, {"token"}),
    "no JWT": ("GET", "/agents", lambda: "nonsense", 401, {"token"}, {"format"}),
    "another key": ("GET", "/agents", lambda: mint(secret="x" * 40), 401, {"format"}, {"key", "signature"}),
    "expired": ("GET", "/agents", lambda: mint(ttl=-100), 401, {"key"}, {"claims"}),
    "reserved subject": ("GET", "/agents", lambda: mint(sub="sa:x"), 401, {"claims"}, {"subject"}),
    "scope missing": ("GET", "/config", lambda: mint(), 403, {"route", "key"}, {"access"}),
    "admin": ("GET", "/-/metrics", lambda: mint(scopes=ADMIN), None, {"access"}, set()),
    "no admin": ("GET", "/-/metrics", lambda: mint(scopes=("metrics:read",)), 403, {"key"}, {"access"}),
    "no such path": ("GET", "/nothing", lambda: mint(), 404, {"key"}, {"route"}),
    "other method": ("PUT", "/agents", lambda: mint(), 405, {"key"}, {"route"}),
    "hidden separator": ("GET", "/agents/a%2fb", lambda: mint(), 400, set(), {"target"}),
    "not built": ("POST", "/teams/t/runs", lambda: mint(scopes=ADMIN), 501, {"route", "key", "access"}, {"built"}),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_each_step_of_a_decision_is_told(server, name):
    method, path, token, status, passed, failed = DECISIONS[name]
    token = token()
    answer = explain(server, method, path, token)
    assert answer["allowed"] == (status is None) and answer["status"] == status
    told = steps(answer)
    for step in passed:
        assert told[step]["passed"] is True, answer
    for step in failed:
        assert told[step]["passed"] is False, answer
    real = server.http.request(method, path, headers={"authorization": f"Bearer {token}"} if token else {})
    assert real.status_code == (status or 200)
    if status in (401, 403):
        assert answer["detail"] == real.json()["detail"]
    if token:
        assert token not in json.dumps(answer)


def test_the_advice_makes_it_pass(server):
    answer = explain(server, "GET", "/config", mint())
    assert "config:read" in answer["advice"]
    assert explain(server, "GET", "/config", mint(scopes=("config:read",)))["allowed"] is True


def test_many_scopes_do_not_crowd_out_the_decision(server):
    """256 scopes of a token count; each is told with who granted it, and the decision after them."""
    token = mint(scopes=tuple(f"agents:a{i}:read" for i in range(250)))
    answer = explain(server, "GET", "/config", token)
    names = [step["name"] for step in answer["steps"]]
    assert names.count("held") == 250 and "access" in names and "config:read" in answer["advice"]


def test_what_a_ceiling_cut_off_is_advised_of(serve):
    options = {"issuer": "https://id.example.com", "audience": "test-os", "algorithms": ["HS256"], "verification_keys": [SECRET],
               "grants": ["agents:*", "authz:read"]}
    admin, claims = "agent_os:admin", {"iss": options["issuer"], "aud": options["audience"]}
    server = serve(config(authorization={"issuers": [options]}))
    answer = explain(server, "GET", "/config", mint(scopes=("config:read", admin), **claims), bearer(scopes=READER, **claims))
    assert [step["detail"] for step in answer["steps"] if step["name"] == "ceiling"] == [
        f"'{scope}' is not among the issuer's grants" for scope in ("config:read", admin)]
    assert answer["status"] == 403 and "config:read" in answer["advice"] and "grants" in answer["advice"]


def test_scopes_that_a_provider_narrows_are_explained(serve):
    """Auth0: permissions are the user's, scope is what the client asked for. Cognito: other servers' scopes."""
    common = {"algorithms": ["HS256"], "verification_keys": [SECRET], "audience": "api"}
    auth0 = {**common, "preset": "auth0", "issuer": "https://t.eu.auth0.com/", "grants": ["agents:*", "authz:read"]}
    cognito = {**common, "preset": "generic", "issuer": "https://c.example", "scope_prefix": "agentos/", "verification_keys": [SECRET * 2]}
    server = serve(config(authorization={"issuers": [auth0, cognito]}))
    asker = bearer(iss=auth0["issuer"], aud="api", scopes=None, permissions=list(READER))

    def told(**claims):
        answer = explain(server, "POST", "/agents/echo/runs", mint(aud="api", **claims), asker)
        return [step["detail"] for step in answer["steps"] if step["name"] in ("shape", "held")]

    permissions = ["agents:read", "agents:run"]
    narrowed = told(iss=auth0["issuer"], scopes=None, permissions=permissions, scope="openid agents:read")
    assert "'scope'" in narrowed[0] and narrowed[1:] == ["'agents:read' from the token"]
    assert len(told(iss=auth0["issuer"], scopes=None, permissions=permissions)) == 2
    cut = told(iss=cognito["issuer"], secret=SECRET * 2, scopes=None, scope="agentos/agents:run other/agents:read")
    assert "'agentos/'" in cut[0] and cut[1:] == ["'agents:run' from the token"]


def test_a_machine_is_not_advised_to_get_more_scopes(serve):
    token = "a-token-of-the-scheduler-0123456789-0123456789"
    PLANTED.add(token)
    server = serve(config(internal_service_token=token))
    answer = explain(server, "POST", "/users", token)
    assert answer["status"] == 403 and "person" in answer["advice"]


def test_isolation_is_a_step(serve):
    apart = serve(config(authorization=authorization(user_isolation=True)))
    told = steps(explain(apart, "GET", "/sessions", mint(scopes=RUNNER)))
    assert told["isolation"]["passed"] and "user-1" in told["isolation"]["detail"]
    answer = explain(apart, "GET", "/sessions", mint(sub=None, scopes=RUNNER))
    assert answer["status"] == 403 and not steps(answer)["isolation"]["passed"]
    assert "every user" in steps(explain(apart, "GET", "/sessions", mint(scopes=ADMIN)))["isolation"]["detail"]


# docs/design/security.md 24
def test_explaining_needs_its_scope(server):
    assert explain(server, headers=bearer(scopes=RUNNER), status=403)["detail"]
    assert explain(server, headers=bearer(scopes=ADMIN))["allowed"] is False
    assert server.post("/authz/explain", json={"method": "GET", "path": "/"}).status_code == 401


@pytest.mark.parametrize("body, status", [({}, 422), ({"method": "GET"}, 422), ({"method": 5, "path": "/"}, 422), ([], 422),
                                          ({"method": "BREW", "path": "/"}, 400), ({"method": "GET", "path": "x"}, 400)])
def test_a_bad_question_is_refused(server, body, status):
    assert server.post("/authz/explain", json=body, headers=bearer(scopes=READER)).status_code == status


def test_the_command_tells_the_same_steps(server):
    for token in (mint(), mint(scopes=("config:read",)), mint(ttl=-100)):
        told = [step["name"] for step in explain(server, "GET", "/agents", token)["steps"]]
        lines = cli("auth", "explain", "--config", server.file, "GET", "/agents", "-", stdin=token).stdout.splitlines()
        names = [line[5:].split()[0] for line in lines if line[:5] in ("ok   ", "no   ")]
        assert [name for name in names if name != "configuration"] == told


# ---- whoami ----

def test_whoami(server):
    who = server.get("/authz/whoami", headers=bearer(sub="ann", scopes=RUNNER, session_id="s-1")).json()
    assert who["user_id"] == "ann" and who["session_id"] == "s-1" and who["scopes"] == list(RUNNER)
    assert who["kind"] == "token" and who["issuer"] == "" and who["is_admin"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", who["expires_at"])
    assert server.get("/authz/whoami", headers=bearer(scopes=ADMIN)).json()["is_admin"] is True
    assert server.get("/authz/whoami", headers=bearer(scopes=())).status_code == 200
    assert server.get("/authz/whoami").status_code == 401
    assert who["tenant"] is None and who["roles"] == []


def test_whoami_tells_what_the_issuer_says_of_the_user(serve, tmp_path):
    """The roles as the token names them, beside the scopes that they add; the tenant; neither of another shape."""
    options = {"issuer": "https://id.example.com", "audience": "test-os", "algorithms": ["HS256"], "verification_keys": [SECRET],
               "roles": {"staff": ["sessions:read"]}, "roles_claim": "groups", "tenant_claim": "org.id"}
    server = serve(config(authorization={"issuers": [options]}))

    def whoami(**claims):
        return server.get("/authz/whoami", headers=bearer(iss="https://id.example.com", aud="test-os", **claims)).json()

    who = whoami(groups=["staff", "nobody"], org={"id": "o1"}, scopes=("agents:read",))
    assert (who["issuer"], who["tenant"], who["roles"]) == ("https://id.example.com", "o1", ["staff", "nobody"])
    assert who["scopes"] == ["agents:read", "sessions:read"]
    assert [whoami(org=org)["tenant"] for org in ({"id": 7}, {"id": "a\nb"}, "o1")] == [None] * 3


# ---- audit ----

def flooded(serve, **options):
    server = serve(config(database="sqlite:test.db", **options), arguments=("--loops", "1"))
    for n in range(300):
        server.get("/agents", headers={"authorization": f"Bearer {mint(secret='y' * 40, sub=f'u{n}')}"})
    server.get("/config", headers=bearer(sub="ann"))
    server.get("/agents")
    server.terminate()
    assert server.wait() == 0
    return server


def verify(server):
    return cli("audit", "verify", "--config", server.file)


# docs/design/security.md 25
def test_a_flood_of_refusals_is_one_row(serve):
    server = flooded(serve)
    done = verify(server)
    assert done.returncode == 0 and done.stdout.startswith("3 rows"), done.stdout + done.stderr
    server.start()
    page = server.get("/authz/audit?sort_order=asc", headers=bearer(scopes=READER)).json()
    assert page["meta"]["total_count"] == 3
    flood, scope, missing = page["data"]
    assert list(flood) == ["created_at", "actor", "action", "target", "before", "after"]
    assert flood["after"] == {"status": 401, "reason": "Invalid token: Signature verification failed", "count": 300}
    assert flood["actor"] is None and flood["target"] == "127.0.0.1" and flood["action"] == "denied"
    assert scope["actor"] == "ann" and scope["after"]["route"] == "GET /config" and scope["after"]["count"] == 1
    assert missing["after"]["reason"] == "Authorization header missing"


def test_the_audit_is_searched_sorted_and_paged(serve):
    server = flooded(serve)
    server.start()

    def get(query, status=200):
        answer = server.get(f"/authz/audit{query}", headers=bearer(scopes=READER))
        assert answer.status_code == status, answer.text
        return answer.json()

    assert [row["actor"] for row in get("?search=ANN")["data"]] == ["ann"]
    assert get("?search=100%25")["data"] == []
    assert [row["actor"] for row in get("?sort_by=actor&sort_order=desc")["data"]][0] == "ann"
    assert len(get("?limit=2")["data"]) == 2 and len(get("?limit=2&page=2")["data"]) == 1
    assert get("?limit=2&page=9")["data"] == []
    assert get("?limit=&page=&search=&sort_by=&sort_order=") == get("")
    for query in ("?limit=0", "?limit=1001", "?page=0", "?sort_by=mac"):
        get(query, 422)
    assert server.get("/authz/audit", headers=bearer()).status_code == 403
    assert server.get("/authz/audit").status_code == 401


def edit(server, *statements):
    with sqlite3.connect(server.folder / "test.db") as db:
        for statement in statements:
            db.execute(statement)
    db.close()


EDITS = {
    "changed": ["UPDATE audit SET after = '{}' WHERE id = 2"],
    "another actor": ["UPDATE audit SET actor = 'bob' WHERE id = 2"],
    "moved text": ["UPDATE audit SET action = action || target, target = '' WHERE id = 1"],
    "deleted": ["DELETE FROM audit WHERE id = 2"],
    "deleted and closed up": ["DELETE FROM audit WHERE id = 2", "UPDATE audit SET id = 2 WHERE id = 3",
                              "UPDATE audit_head SET last = 2"],
    "reordered": ["UPDATE audit SET id = 9 WHERE id = 1", "UPDATE audit SET id = 1 WHERE id = 2",
                  "UPDATE audit SET id = 2 WHERE id = 9"],
    "end cut off": ["DELETE FROM audit WHERE id = 3"],
    "end cut off, head put back": ["DELETE FROM audit WHERE id = 3", "UPDATE audit_head SET last = 2"],
    "head gone": ["DELETE FROM audit_head"],
    "invented": ["INSERT INTO audit SELECT 4, created_at, actor, action, target, before, after, mac FROM audit WHERE id = 3"],
    "put before": ["INSERT INTO audit SELECT 0, created_at, actor, action, target, before, after, mac FROM audit WHERE id = 3"],
}


@pytest.fixture(scope="module")
def chained(tmp_path_factory):
    from agentos import Server
    return flooded(lambda options, **named: Server(tmp_path_factory.mktemp("chained"), options, **named))


@pytest.mark.parametrize("name", EDITS)
def test_the_chain_tells_what_was_done_to_it(chained, name):
    file = chained.folder / "test.db"
    before = file.read_bytes()
    assert verify(chained).returncode == 0
    try:
        edit(chained, *EDITS[name])
        done = verify(chained)
        assert done.returncode == 1 and done.stderr.startswith("agentos: "), done.stdout
    finally:
        for ending in ("-wal", "-shm"):
            (chained.folder / f"test.db{ending}").unlink(missing_ok=True)
        file.write_bytes(before)


def test_the_key_is_made_once_and_for_its_owner_alone(chained):
    key = chained.folder / "test.db.audit-key"
    assert key.stat().st_mode & 0o777 == 0o600
    text = key.read_text()
    try:
        key.write_text("z" * 64)
        assert verify(chained).returncode == 1
    finally:
        key.write_text(text)
    assert verify(chained).returncode == 0


def test_a_key_of_the_configuration(serve):
    PLANTED.add("k" * 40)
    server = flooded(serve, audit={"key": "k" * 40})
    assert not list(server.folder.glob("*.audit-key"))
    assert verify(server).returncode == 0
    server.file.write_text(json.dumps(config(database="sqlite:test.db", audit={"key": "l" * 40})))
    assert verify(server).returncode == 1


# ---- metrics ----

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+|\+Inf|NaN)$')


def parse_metrics(text):
    """Prometheus' text format 0.0.4, strictly: {(name, ((label, value), ...)): number}."""
    assert text.endswith("\n")
    kinds, helped, samples, last = {}, set(), {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped, f"two HELP lines for {name}"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name in helped and name not in kinds and kind in ("counter", "gauge", "histogram")
            kinds[name], last = kind, name
        else:
            match = SAMPLE.match(line)
            assert match, line
            name, labels, value = match.groups()
            family = re.sub("_(bucket|sum|count)$", "", name) if kinds.get(last) == "histogram" else name
            assert family == last, f"{name} stands under {last}"
            assert (kinds[family] == "counter") == name.endswith("_total"), line
            key = name, tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            assert key not in samples, f"{key} stands twice"
            samples[key] = float(value)
            assert kinds[family] == "gauge" or samples[key] >= 0
    for name, kind in kinds.items():
        if kind == "histogram":
            buckets = [(dict(labels)["le"], value) for (n, labels), value in samples.items() if n == name + "_bucket"]
            bounds = [float(le) for le, _ in buckets]
            assert bounds == sorted(bounds) and buckets[-1][0] == "+Inf"
            counts = [value for _, value in buckets]
            assert counts == sorted(counts) and counts[-1] == samples[name + "_count", ()]
    return samples


def metrics(server):
    answer = server.get("/-/metrics", headers=bearer(scopes=ADMIN))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parse_metrics(answer.text)


@pytest.mark.parametrize("more, place, refused", [
    ({"issuer": "https://id"}, "authorization: Bearer ", {"missing": None, "issuer": {"iss": "https://other"}}),
    ({"token_source": "cookie"}, "cookie: access_token=", {"missing": None, "expired": {"ttl": -100}}),
    ({"token_source": "both"}, "cookie: access_token=", {"missing": None, "signature": {"secret": "x" * 40}}),
    ({"audience": "here"}, "authorization: Bearer ", {"audience": {"aud": "there"}, "invalid": {"sub": "sa:x"}})], ids=str)
def test_refusals_are_counted_by_reason(serve, more, place, refused):
    server = serve(config(cors_origins=[], authorization=authorization(**more)))
    name, before = place.split(": ")
    good = {"iss": "https://id", "aud": "here"}
    headers = lambda **claims: {name: before + mint(**{"scopes": ADMIN, **good, **claims})}
    for claims in refused.values():
        assert server.get("/agents", headers=headers(**claims) if claims else {}).status_code == 401
    seen = parse_metrics(server.get("/-/metrics", headers=headers()).text)
    counted = {labels[0][1]: value for (sample, labels), value in seen.items() if sample == "agentos_auth_failures_total" and value}
    assert counted == dict.fromkeys(refused, 1)


@pytest.mark.parametrize("headers, path, status, reason", [
    ({}, "/agents", 401, "header_missing"),
    (bearer(ttl=-100), "/agents", 401, "expired"),
    (bearer(secret="x" * 40), "/agents", 401, "signature_wrong"),
    (bearer(sub="sa:x"), "/agents", 401, "subject_invalid"),
    ({"authorization": "Bearer agno_pat_x"}, "/agents", 401, "account_unknown"),
    (bearer(scopes=()), "/agents", 403, "scope_missing"),
    (bearer(scopes=("metrics:read",)), "/-/metrics", 403, None),
    ({}, "/agents?access_token=x", 400, None),
    (bearer(), "/nothing", 404, None),
    (bearer(), "/agents", 200, None)], ids=str)
def test_the_log_says_why_a_caller_was_refused(serve, headers, path, status, reason):
    server = serve(config(database="sqlite:data/agentos.db"))
    assert server.get(path, headers=headers).status_code == status
    line, = [line for line in server.log.splitlines() if " request " in line and f" path={path.split('?')[0]} " in line]
    said = re.findall(r" reason=(\S+)", line)
    if status in (401, 403, 429):
        assert len(said) == 1 and re.fullmatch("[a-z_]+", said[0]) and said[0] == (reason or said[0])
    else:
        assert said == []


def test_too_many_failures_are_logged_with_their_reason(serve):
    server = serve(config(database="sqlite:data/agentos.db"))
    seen = {server.get("/agents", headers={"authorization": f"Bearer agno_pat_{i}"}).status_code for i in range(25)}
    assert seen == {401, 429}
    assert " status=429 " in server.log and re.search(r" status=429 .* reason=throttled", server.log)


@pytest.mark.parametrize(("forwarded", "proxies", "client"), [
    (None, None, None),
    ("203.0.113.7", None, "203.0.113.7"),
    ("198.51.100.1, 203.0.113.7", None, "203.0.113.7"),
    ("203.0.113.7, 10.1.2.3", ["127.0.0.0/8", "10.0.0.0/8"], "203.0.113.7"),
    ("2001:db8::7", None, "2001:db8::7"),
    ("203.0.113.7", ["192.0.2.1"], None),
    ("203.0.113.7 reason=none", None, None),
    ("unknown", None, None),
    ("203.0.113.0/24", None, None),
    ("203.0.113.7,", None, None)], ids=str)
def test_the_log_names_the_client_behind_a_trusted_proxy(serve, forwarded, proxies, client):
    server = serve(config(**({"trusted_proxies": proxies} if proxies else {})))
    headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}
    assert server.get("/agents", headers=headers).status_code == 401
    line, = [line for line in server.log.splitlines() if " request " in line and " path=/agents " in line]
    assert " peer=127.0.0.1 " in line
    assert line.split(" user=- ")[1] == (f"client={client} " if client else "") + "reason=header_missing"


EXPLAINED = {
    # name: (claims, step, what the step says, what the advice says)
    "audience": ({"aud": "account"}, "claims", r"aud is 'account'; expected 'test-os'", "Audience mapper"),
    "no audience": ({"aud": ...}, "claims", r"the token has no aud; expected 'test-os'", "Audience mapper"),
    "expired": ({"exp": 1_000_000_000, "iat": 999_999_000}, "claims",
                r"exp is 2001-09-09T01:46:40Z; it is now 20\d\d-\S+Z, \d+ s later; \d+ s are allowed", "new token"),
    "not yet": ({"nbf": 4_000_000_000}, "claims", r"nbf is 2096-10-02T07:06:40Z; it is now 20\d\d-\S+Z, \d+ s earlier; \d+ s are allowed",
                "clocks"),
    "issuer": ({"iss": "https://sso.example.com/realms/staff/"}, "issuer",
               r"iss is 'https://sso.example.com/realms/staff/'; listed: 'https://sso.example.com/realms/staff'; "
               r"'https://sso.example.com/realms/staff' differs by a slash", "be identical"),
    "no issuer": ({"iss": ...}, "issuer", r"the token has no iss; listed: 'https://sso.example.com/realms/staff'", "add this claim"),
    "kind": ({"typ": "ID"}, "issuer's demands", r"typ is 'ID'; expected 'Bearer'", "typ claim is Bearer"),
}


@pytest.mark.parametrize("secret", [SECRET + "\n", SECRET[:-1], "x" * 40], ids=["line break", "shorter", "another"])
def test_secrets_that_differ_are_told_as_such(server, secret):
    answer = explain(server, token=mint(secret=secret))
    assert answer["status"] == 401 and answer["advice"] == (
        "the shared secrets differ; the last line break of a file is not part of the secret here")


@pytest.mark.parametrize("name", EXPLAINED)
def test_an_explanation_says_what_against_what(serve, tmp_path, name):
    changed, step, text, advice = EXPLAINED[name]
    key, iss = Key("k1"), "https://sso.example.com/realms/staff"
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [key.jwk()]}))
    server = serve(config(authorization={"issuers": [{"preset": "keycloak", "issuer": iss, "audience": "test-os",
                                                      "jwks_file": "keys.json", "grants": ["authz:read", "agents:read"]}]}),
                   folder=tmp_path)
    token = lambda scopes, **more: bearer("ann", None, key.private, "RS256", 60, {"kid": "k1"},
                                          **{"iss": iss, "aud": "test-os", "typ": "Bearer",
                                             "resource_access": {"test-os": {"roles": list(scopes)}}, **more})
    asked = token(["agents:read"], **changed)
    refused = server.get("/agents", headers=asked)
    answer = explain(server, token=asked["authorization"].split()[1], headers=token(["authz:read"]))
    assert answer["status"] == refused.status_code == 401 and answer["detail"] == refused.json()["detail"]
    assert re.fullmatch(text, steps(answer)[step]["detail"]), answer
    assert advice in answer["advice"]
    told = cli("auth", "explain", "GET", "/agents", "-", stdin=asked["authorization"].split()[1] + "\n", cwd=tmp_path)
    assert re.search(text, told.stdout) and f"to pass: {answer['advice']}" in told.stdout, told
    assert "expected" not in refused.text and "listed" not in refused.text


def test_what_happens_is_counted(serve):
    server = serve()
    warm = bearer()
    for _ in range(3):
        assert server.get("/agents", headers=warm).status_code == 200
    server.get("/agents")
    server.get("/agents", headers=bearer(secret="x" * 40))
    server.get("/agents", headers=bearer(ttl=-100))
    server.post("/agents/echo/runs", data={"message": "hello"})
    server.http.delete("/sessions/one", headers=bearer(ttl=-100))
    server.get("/nothing")
    server.http.put("/agents")
    server.get("/config", headers=warm)
    server.get("/nothing", headers=warm)
    server.raw(b"GET / HTTP/1.1\r\n\r\n")
    server.run("hello")
    server.stream("hello")
    server.stream("/fail now")
    seen = metrics(server)

    def of(name, **labels):
        return seen.get((name, tuple(labels.items())), 0)

    requests = "agentos_http_requests_total"
    assert of(requests, method="GET", route="/agents", status="200") == 3
    assert of(requests, method="GET", route="/agents", status="401") == 3
    assert of(requests, method="POST", route="/agents/{agent_id}/runs", status="401") == 1
    assert of(requests, method="DELETE", route="/sessions/{session_id}", status="401") == 1
    assert of(requests, method="", route="", status="401") == 2  # no such path, and no such method there
    assert of(requests, method="GET", route="/config", status="403") == 1
    assert of(requests, method="", route="", status="404") == 1
    assert of(requests, method="POST", route="/agents/{agent_id}/runs", status="200") == 3
    assert of("agentos_http_refused_total", status="400") == 1
    for reason, count in (("missing", 4), ("signature", 1), ("expired", 2), ("scope", 1)):
        assert of("agentos_auth_failures_total", reason=reason) == count, reason
    assert of("agentos_runs_total", status="completed") == 2 and of("agentos_runs_total", status="error") == 1
    assert of("agentos_provider_errors_total") == 1 and of("agentos_open_runs") == 0
    assert of("agentos_http_open_requests") == 1 and of("agentos_http_open_streams") == 0
    assert of("agentos_http_connections") >= 1 and of("agentos_db_commits_total") >= 3
    assert of("agentos_token_cache_hits_total") + of("agentos_token_cache_misses_total") >= 9
    assert of("process_resident_memory_bytes") > 1e6 and of("process_open_fds") > 3
    assert of("agentos_http_request_duration_seconds_count") == 15


def test_open_streams_are_counted_until_the_client_leaves(serve):
    server = serve()
    body = b"message=very+long"
    import socket
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /agents/echo/runs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                       b"Authorization: Bearer " + mint(scopes=RUNNER).encode() +
                       b"\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert client.recv(100)
        seen = metrics(server)
        assert seen["agentos_http_open_streams", ()] == seen["agentos_open_runs", ()] == 1
    for _ in range(200):
        seen = metrics(server)
        if seen["agentos_http_clients_left_total", ()] == 1 and seen["agentos_open_runs", ()] == 0:
            break
    assert seen["agentos_http_open_streams", ()] == 0 and seen["agentos_open_runs", ()] == 0
    assert seen["agentos_runs_total", (("status", "cancelled"),)] == 1


# docs/design/security.md 25
@pytest.mark.parametrize("scopes, status", [
    (ADMIN, 200), (("telemetry:read",), 200), (("telemetry:*:read",), 200), (("telemetry:read", "agents:read"), 200),
    (("metrics:read", "config:read"), 403), (("telemetry:write",), 403), (("telemetry",), 403), (("telemetry:x:read",), 403),
    (("*:read",), 403), ((), 403)], ids=str)
def test_metrics_have_a_scope_of_their_own(server, scopes, status):
    assert server.get("/-/metrics").status_code == 401
    answer = server.get("/-/metrics", headers=bearer(scopes=scopes))
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"detail": "Insufficient permissions. Required scope(s): telemetry:read"}


def test_the_scope_of_the_metrics_opens_nothing_else(server):
    rows = json.loads(cli("routes", "--all", "--json").stdout)
    asked = [row for row in rows if row["method"] == "GET" and "telemetry:read" in [*row["scopes"], row["gate"]]]
    assert [row["pattern"] for row in asked] == ["/-/metrics"]
    for path in ("/agents", "/sessions?type=agent", "/metrics", "/config", "/authz/audit"):
        assert server.get(path, headers=bearer(scopes=("telemetry:read",))).status_code == 403


# ---- what is planted does not appear ----

# docs/design/security.md 12
def test_a_query_is_not_logged(serve):
    server = serve()
    for path in ("/agents", "/health", "/nope", "/agents/echo/runs"):
        for name in ("x", "access_token", "api_key"):
            server.get(f"{path}?{name}=planted-in-a-query", headers=bearer())
            server.post(f"{path}?{name}=planted-in-a-query")
    assert "/agents" in server.log and "planted-in-a-query" not in server.log

# docs/design/security.md 24
def test_nothing_planted_appears(serve):
    server = serve()
    token, other = mint(scopes=ADMIN), mint(secret="x" * 40)
    headers = {"authorization": f"Bearer {token}"}
    texts = [server.post("/authz/explain", json={"method": "GET", "path": "/agents", "token": t}, headers=headers).text
             for t in (token, other, SECRET)]
    texts += [server.get(path, headers=headers).text for path in ("/-/metrics", "/authz/audit", "/authz/whoami")]
    texts.append(server.log)
    for text in texts:
        for secret in (token, other, SECRET, token.rsplit(".", 1)[1]):
            assert secret not in text


# ---- the access log ----

def test_a_preflight_is_logged(serve):
    server = serve()
    server.http.options("/agents", headers={"origin": "https://os.agno.com", "access-control-request-method": "GET"})
    assert re.search(r"request.*OPTIONS.*/agents", server.log)


def test_a_refused_body_is_no_client_that_left(serve):
    server = serve()
    answer = server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "x" * (2 << 20)})
    assert answer.status_code == 413
    assert "refused" in server.log and "client left" not in server.log


def test_a_message_has_a_limit(server):
    for size, status in ((256 * 1024, 200), (256 * 1024 + 1, 413)):
        answer = server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER),
                             data={"message": "x" * size, "stream": "false"})
        assert answer.status_code == status


# docs/design/security.md 9
def test_tokens_without_an_expiry_are_warned_of_once_a_key(serve):
    other = SECRET[::-1]
    server = serve(config(authorization=authorization(verification_keys=[SECRET, other])))
    explain(server, token=mint(exp=...))
    assert "without exp" not in server.log
    for secret in (SECRET, other):
        for sub in ("ann", "bob"):
            assert server.get("/agents", headers=bearer(sub=sub, secret=secret, exp=...)).status_code == 200
    lines = [line for line in server.log.splitlines() if "without exp" in line]
    assert len(lines) == 2 and "verification_keys[0]" in lines[0] and "verification_keys[1]" in lines[1]


def test_a_mapping_does_not_open_the_metrics(serve):
    for scopes in ([], ["metrics:read"], ["agent_os:admin"]):
        server = serve(config(authorization=authorization(scope_mappings={"GET /-/metrics": scopes})))
        assert server.get("/-/metrics", headers=bearer(scopes=("metrics:read",))).status_code == 403
        assert server.get("/-/metrics", headers=bearer(scopes=ADMIN)).status_code == 200


def longest_turn(server):
    return float(re.search(r"^agentos_loop_turn_seconds_max (\d+\.\d{6})$", server.get("/-/metrics", headers=bearer(scopes=ADMIN)).text, re.M)[1])


@pytest.mark.parametrize("loops", ["1", "2"])
def test_the_longest_turn_of_a_loop_is_measured(serve, loops):
    """It never shrinks within its window, and no turn is longer than the server has run."""
    server = serve(config(), arguments=("--loops", loops))
    began, seen = time.monotonic(), [0.0]
    for _ in range(5):
        server.run("x" * 100_000)
        seen.append(longest_turn(server))
    assert seen == sorted(seen) and 0 < seen[-1] <= time.monotonic() - began + 60
