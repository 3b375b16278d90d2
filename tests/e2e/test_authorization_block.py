"""The plain `authorization:` block, setting by setting, as clients meet it."""
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import agentos
from agentos import ADMIN, RUNNER, authorization, bearer, cli, config, mint, refused
from test_auth import OTHER_RSA_KEY, RSA_KEY, pem_pair, status

ROOT = "a root key of no less than thirty-two bytes"
agentos.PLANTED.add(ROOT)
CSRF = "A cookie does not count here"


def jwk(pair, kid=None, **more):
    key = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).prepare_key(pair[1])
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key)), **({"kid": kid} if kid else {}), **more}


def signed(pair, kid=None, **claims):
    return bearer(secret=pair[0], algorithm="RS256", headers={"kid": kid} if kid else None, **claims)


def detail(answer):
    return answer.status_code, answer.json()["detail"]


# --- key sources ---

def test_a_key_set_is_asked_by_kid_and_static_keys_after_it(serve, tmp_path):
    third = pem_pair(rsa.generate_private_key(65537, 2048))
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [
        jwk(RSA_KEY, "k1"), jwk(RSA_KEY, "enc", use="enc"), {"kty": "future"}]}))
    server = serve(config(authorization={"enabled": True, "jwks_file": str(tmp_path / "jwks.json"),
                                         "verification_keys": [OTHER_RSA_KEY[1]]}))
    assert status(server, headers=signed(RSA_KEY, "k1")) == 200
    assert status(server, headers=signed(RSA_KEY)) == 200
    assert status(server, headers=signed(OTHER_RSA_KEY, "k1")) == 200
    assert status(server, headers=signed(OTHER_RSA_KEY, "unknown")) == 200
    assert status(server, headers=signed(third, "k1")) == 401


@pytest.mark.parametrize("variable", ["JWT_JWKS_FILE", "JWT_JWKS"])
def test_a_key_set_from_the_environment(serve, tmp_path, variable):
    text = json.dumps({"keys": [jwk(RSA_KEY, "k1")]})
    (tmp_path / "set.json").write_text(text)
    server = serve(config(authorization=True),
                   env={variable: text if variable == "JWT_JWKS" else str(tmp_path / "set.json")})
    assert status(server, headers=signed(RSA_KEY, "k1")) == 200
    answer = server.get("/agents", headers=signed(RSA_KEY, "k2"))
    assert detail(answer) == (401, "Invalid token: No verification keys configured")


@pytest.mark.parametrize("text, words", [
    (None, ["jwks_file", "cannot read"]), ("{", ["jwks_file"]), ('{"keys":[]}', ["jwks_file", "RS256"]),
    (json.dumps({"keys": [{"kty": "EC"}]}), ["jwks_file", "none of its keys"])])
def test_a_key_set_that_cannot_be_meant_is_refused_in_one_sentence(tmp_path, text, words):
    if text is not None:
        (tmp_path / "jwks.json").write_text(text)
    code, said = refused(tmp_path, config(authorization={"enabled": True, "jwks_file": "jwks.json"}))
    assert code == 2 and all(word in said for word in words), said
    assert len(said.strip().splitlines()) <= 2, said


def test_a_changed_key_set_takes_effect_without_a_restart(serve, tmp_path):
    import time
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(RSA_KEY, "k1")]}))
    server = serve(config(authorization={"enabled": True, "jwks_file": str(file)}))
    assert status(server, headers=signed(OTHER_RSA_KEY, "k2")) == 401
    file.write_text(json.dumps({"keys": [jwk(OTHER_RSA_KEY, "k2")]}))
    deadline = time.monotonic() + 10
    while status(server, headers=signed(OTHER_RSA_KEY, "k2")) != 200:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)
    assert status(server, headers=signed(RSA_KEY, "k1")) == 401


# --- cookies and headers ---

@pytest.fixture(scope="module")
def cookies(tmp_path_factory):
    server = agentos.Server(tmp_path_factory.mktemp("cookies"), config(
        cors_origins=["https://app.example"], authorization=authorization(token_source="both", cookie_name="jar")))
    yield server
    server.stop()


def jar(**claims):
    return {"cookie": f"other=1; jar={mint(**claims)}"}


def test_a_cookie_is_enough_to_read(cookies):
    assert status(cookies, headers=jar()) == 200
    assert status(cookies, headers={**jar(), "origin": "https://evil.example", "sec-fetch-site": "cross-site"}) == 200


# docs/design/security.md 18
@pytest.mark.parametrize("headers, code", [
    ({}, 200), ({"origin": "https://app.example"}, 200),
    ({"origin": "https://app.example", "sec-fetch-site": "same-site"}, 200),
    ({"origin": "https://evil.example"}, 403), ({"origin": "null"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"origin": "https://app.example", "sec-fetch-site": "cross-site"}, 403)], ids=str)
def test_a_cookie_changes_something_only_from_here(cookies, headers, code):
    form = {"message": "x", "stream": "false"}
    answer = cookies.post("/agents/echo/runs", headers={**jar(scopes=RUNNER), **headers}, data=form)
    assert answer.status_code == code
    if code == 403:
        assert answer.json()["detail"].startswith(CSRF)
        assert "www-authenticate" not in answer.headers
    same = cookies.post("/agents/echo/runs", headers={**bearer(scopes=RUNNER), **headers}, data=form)
    assert same.status_code == 200


def test_a_bad_cookie_is_challenged_as_a_bad_token(cookies):
    answer = cookies.get("/agents", headers={"cookie": "jar=a.b.c"})
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert cookies.get("/openapi.json").json()["components"]["securitySchemes"]["cookie"]["name"] == "jar"


# docs/design/security.md 18
@pytest.fixture(scope="module", params=["both", "BOTH", "Cookie"])
def from_here(request, tmp_path_factory):
    """As the documents' cookie example is written, without cors_origins."""
    server = agentos.Server(tmp_path_factory.mktemp("from-here"), config(
        authorization=authorization(token_source=request.param, cookie_name="jar")))
    yield server
    server.stop()


@pytest.mark.parametrize("origin, site, code", [
    (None, None, 200), ("http://HOST", "same-origin", 200), (None, "same-origin", 200), (None, "none", 200),
    ("http://localhost:3000", "same-site", 403),  # of the built-in list
    ("https://os.agno.com", "cross-site", 403), ("https://evil.example", None, 403), ("null", None, 403),
    (None, "cross-site", 403), ("http://HOST.evil.example", None, 403),
    (None, "same-site", 403), (None, "Same-Site", 403), (None, "anything new", 403), ("http://HOST", "same-site", 403),
])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_origins_a_cookie_counts_from_here_alone(from_here, method, origin, site, code):
    headers = {"origin": origin and origin.replace("HOST", f"127.0.0.1:{from_here.port}"), "sec-fetch-site": site}
    headers = {**jar(scopes=[*RUNNER, "agents:read"]), **{name: value for name, value in headers.items() if value}}
    path, data = ("/agents", None) if method == "GET" else ("/agents/echo/runs", {"message": "x", "stream": "false"})
    answer = from_here.http.request(method, path, headers={**headers, "host": f"127.0.0.1:{from_here.port}"}, data=data)
    assert answer.status_code == code and (code == 200 or CSRF in answer.json()["detail"])


def test_same_origin_cookies_are_logged_at_the_start(from_here):
    assert from_here.log.count("cookies are accepted from this server's own origin only; set cors_origins to allow other origins") == 1


@pytest.mark.parametrize("listed, sent", [
    ("https://App.Example", "https://app.example"), ("https://app.example:443", "https://app.example"),
    ("http://app.example:80", "http://app.example"), ("HTTP://APP.example:8080", "http://app.example:8080"),
    ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"), ("https://app.example:80", "https://app.example:80"),
])
def test_an_origin_is_listed_in_any_spelling(serve, listed, sent):
    server = serve(config(cors_origins=[listed]))
    answer = server.get("/health", headers={"origin": sent})
    assert answer.headers["access-control-allow-origin"] == sent
    for other in (sent + "0", sent.replace("app", "bpp").replace("2001", "2002"), sent.upper()):
        assert "access-control-allow-origin" not in server.get("/health", headers={"origin": other}).headers


def test_a_token_in_another_header(serve):
    server = serve(config(authorization=authorization(token_header="X-Token")))
    assert status(server, headers=bearer()) == 401
    assert status(server, headers={"x-token": "Bearer " + mint()}) == 200
    assert status(server, headers={"x-token": mint()}) == 200
    assert status(server, headers={"x_token": "Bearer " + mint()}) == 401


# --- claims ---

def test_claims_of_other_names(serve):
    server = serve(config(authorization=authorization(
        scopes_claim=["permissions", "realm_access.roles", "scope"], user_id_claim="https://x/uid",
        session_id_claim="conversation.id", session_state_claims=["org", "team"])))

    def run(**claims):
        return server.run("x", headers=bearer(scopes=None, **claims), session_state=json.dumps({"org": "forged", "a": 1}))

    assert status(server, headers=bearer(scopes=ADMIN)) == 403
    assert status(server, headers=bearer(scopes=None, scope="agents:read sessions:read")) == 200
    assert status(server, headers=bearer(scopes=None, realm_access={"roles": ["agents:read"]})) == 200
    assert status(server, headers=bearer(scopes=None, permissions=[], scope="agents:read")) == 403
    run = run(permissions=["agents:run"], org={"id": 7}, conversation={"id": "c-1"}, **{"https://x/uid": "ann"})
    assert (run["user_id"], run["session_id"]) == ("ann", "c-1")
    assert run["session_state"] == {"org": {"id": 7}, "a": 1}


def test_a_text_of_scopes_is_split_by_the_claims_name(serve):
    text = "agents:read sessions:read"
    plain = serve(config())
    assert status(plain, "/sessions", headers=bearer(scopes=text)) == 403
    split = serve(config(authorization=authorization(scope_strings="split")))
    assert status(split, "/sessions", headers=bearer(scopes=text)) == 200
    single = serve(config(authorization=authorization(scopes_claim="scope", scope_strings="single")))
    assert status(single, "/sessions", headers=bearer(scopes=None, scope=text)) == 403


def test_roles_add_to_the_tokens_scopes(serve):
    server = serve(config(authorization={
        "verification_keys": [agentos.SECRET], "algorithm": "HS256", "roles_claim": "role",
        "roles": {"viewer": ["agents:read"], "member": ["agents:run"], "boss": ["agent_os:admin"]}}))
    assert status(server, headers=bearer(scopes=())) == 403
    for _ in range(2):  # warm too
        assert status(server, headers=bearer(scopes=(), role="viewer")) == 200
    assert status(server, headers=bearer(scopes=(), role="viewer member")) == 403
    assert status(server, headers=bearer(scopes=(), role=["nobody"])) == 403
    assert status(server, "/config", headers=bearer(scopes=(), role=["boss"])) == 200


# --- routes ---

def test_mappings_ask_their_scopes_and_the_rows_gate(serve):
    server = serve(config(authorization={
        "verification_keys": [agentos.SECRET], "algorithm": "HS256",
        "scope_mappings": {"GET /config": ["app:read"], "POST /agents/*/runs": ["agents:run", "app:execute"],
                           "GET /models": [], "GET /public/stats": []}}))
    assert status(server, "/config", headers=bearer(scopes=("app:read",))) == 200
    assert status(server, "/config", headers=bearer(scopes=("config:read",))) == 403
    assert status(server, "/models", headers=bearer(scopes=())) == 200
    assert status(server, "/models") == 401
    assert status(server, "/public/stats", headers=bearer(scopes=ADMIN)) == 404
    assert server.log.count("'GET /public/stats' is not a route") == 1
    run = {"message": "x", "stream": "false"}
    answer = server.post("/agents/echo/runs", headers=bearer(scopes=("agents:run",)), data=run)
    assert detail(answer) == (403, "Insufficient permissions. Required scope(s): agents:run, app:execute")
    assert 'scope="agents:run app:execute"' in answer.headers["www-authenticate"]
    assert server.post("/agents/echo/runs", headers=bearer(scopes=("agents:echo:run", "app:execute")), data=run).is_success
    described = server.get("/openapi.json").json()["paths"]["/agents/{agent_id}/runs"]["post"]
    assert described["x-required-scopes"] == ["agents:run", "app:execute"]


# docs/design/security.md 6, 17
def test_excluded_routes_open_what_they_name(serve):
    server = serve(config(authorization=authorization(
        excluded_routes_add=["GET /config", "/agents*", "POST /agents/{id}/runs"])))
    assert [agent["id"] for agent in server.get("/config").json()["agents"]] == ["echo", "plain"]
    assert status(server) == 401
    assert "'/agents*' does not open" in server.log and "GET /config" in server.log
    run = server.run("x", headers={}, user_id="mallory")
    assert run.get("user_id") is None  # nobody has said who he is


# docs/design/security.md 17
def test_routes_and_explain_know_the_configuration(serve, tmp_path):
    server = serve(config(authorization=authorization(
        excluded_routes=["GET /config"], scope_mappings={"GET /models": ["app:read"]}, roles_claim="role",
        roles={"viewer": ["agents:read"]}, token_source="cookie"), cors_origins=[]))
    rows = {f"{row['method']} {row['pattern']}": row
            for row in json.loads(cli("routes", "--config", server.file, "--json").stdout)}
    assert rows["GET /config"]["public"] and not rows["GET /health"]["public"]
    assert rows["GET /models"]["scopes"] == ["app:read"]
    assert "public, by configuration" in cli("routes", "--config", server.file).stdout
    done = cli("auth", "explain", "--config", server.file, "GET", "/agents", "-", stdin=mint(scopes=(), role="viewer"))
    assert done.returncode == 0, done.stdout
    assert "access_token cookie" in done.stdout and "from the role 'viewer'" in done.stdout
    done = cli("auth", "explain", "--config", server.file, "GET", "/models", "-", stdin=mint(scopes=()))
    assert done.returncode == 1 and "app:read" in done.stdout


# --- other ways in ---

def test_the_security_key(serve):
    server = serve(config(authorization=None, security_key=ROOT))
    assert server.get("/info").json()["auth_mode"] == "security_key"
    assert detail(server.get("/agents")) == (401, "Authorization header required")
    assert detail(server.get("/agents", headers={"authorization": "Bearer x"})) == (401, "Invalid authentication token")
    root = {"authorization": f"Bearer {ROOT}"}
    assert status(server, headers=root) == 200
    assert server.run("x", headers=root, user_id="ann")["user_id"] == "ann"


# docs/design/security.md 20
def test_jwt_goes_before_the_security_key(serve):
    server = serve(env={"OS_SECURITY_KEY": ROOT})
    assert server.log.count("OS_SECURITY_KEY: warning") == 1
    assert status(server, headers=bearer()) == 200
    assert detail(server.get("/agents", headers={"authorization": f"Bearer {ROOT}"})) == (
        401, "Invalid token: Not enough segments")


def test_a_weak_security_key_is_refused(tmp_path):
    code, said = refused(tmp_path, config(authorization=None), env={"OS_SECURITY_KEY": "short-key"})
    assert code == 2 and "environment: OS_SECURITY_KEY: " in said and "short-key" not in said


def test_the_internal_service_token(serve):
    server = serve(config(internal_service_token=ROOT))
    internal = {"authorization": f"Bearer {ROOT}"}
    assert status(server, headers=internal) == 200
    assert server.run("x", headers=internal)["user_id"] == "__scheduler__"
    assert status(server, "/config", headers=internal) == 403
    assert status(server, "/schedules", headers=internal) == 501


# docs/design/security.md 13
def test_unverified_tokens_from_a_trusted_proxy(serve):
    forged = {"authorization": "Bearer " + mint(secret="nobody knows this secret, not even we do", scopes=("agents:read",))}
    trusting = serve(config(authorization={"enabled": True, "validate": False}))
    assert "authorization.validate: warning" in trusting.log
    assert status(trusting, headers=forged) == 200
    assert status(trusting) == 401
    assert status(trusting, headers={"authorization": "Bearer garbage"}) == 403
    admin = {"authorization": "Bearer " + mint(secret="nobody knows this secret, not even we do", scopes=ADMIN)}
    assert status(trusting, "/config", headers=admin) == 403
    far = serve(config(authorization={"enabled": True, "validate": False}, trusted_proxies=["10.0.0.0/8"]))
    assert status(far, headers=forged) == 401
