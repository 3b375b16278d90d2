"""Who may call what: tokens, scopes, keys, and the texts that clients see."""
import time

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import agentos
from agentos import ADMIN, RUNNER, authorization, bearer, config, mint


def pem_pair(key):
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    agentos.PLANTED.add(private.splitlines()[1])
    return private, public


RSA_KEY = pem_pair(rsa.generate_private_key(65537, 2048))
OTHER_RSA_KEY = pem_pair(rsa.generate_private_key(65537, 2048))
EC_KEYS = {"ES256": pem_pair(ec.generate_private_key(ec.SECP256R1())),
           "ES384": pem_pair(ec.generate_private_key(ec.SECP384R1())),
           "ES512": pem_pair(ec.generate_private_key(ec.SECP521R1()))}


def status(server, path="/agents", method="GET", **named):
    return server.http.request(method, path, **named).status_code


def test_the_three_answers_of_the_first_use(server):
    assert status(server, headers=bearer()) == 200
    assert status(server) == 401
    assert status(server, headers=bearer(scopes=("sessions:read",))) == 403


@pytest.mark.parametrize("path", ["/", "/health", "/info", "/docs", "/redoc", "/openapi.json"])
def test_public_routes_need_no_token(server, path):
    assert status(server, path) == 200


def test_an_unknown_path_is_401_before_it_is_404(server):
    assert status(server, "/nope") == 401
    assert status(server, "/nope", headers=bearer()) == 404


def test_a_wrong_method_is_405_and_names_the_right_one(server):
    answer = server.http.put("/agents", headers=bearer(scopes=ADMIN))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_challenge_says_what_was_wrong(server):
    """RFC 6750 §3: no error code without a credential, invalid_token with a bad one."""
    assert server.get("/agents").headers["www-authenticate"].startswith("Bearer")
    assert "error" not in server.get("/agents").headers["www-authenticate"]
    bad = server.get("/agents", headers={"authorization": "Bearer a.b.c"})
    assert 'error="invalid_token"' in bad.headers["www-authenticate"]
    poor = server.get("/agents", headers=bearer(scopes=()))
    assert 'error="insufficient_scope"' in poor.headers["www-authenticate"]


# docs/design/security.md 12
def test_two_authorization_headers_are_refused(server):
    token = mint()
    answer = server.raw(f"GET /agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                        f"Authorization: Bearer {token}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400")


# docs/design/security.md 12
def test_a_token_in_the_query_is_refused(server):
    for name in ("access_token", "access%5Ftoken", "%61ccess_token"):
        assert status(server, f"/agents?{name}={mint()}") == 400


SCOPES = [
    # scopes, ids in the listing or None for 403, may run echo
    (("agents:read",), ["echo", "plain"], False),
    (("agents:*:read",), ["echo", "plain"], False),
    (("agents:echo:read",), ["echo"], False),
    (("agents:nope:read",), [], False),
    (("agents:run",), None, True),
    (("agents:echo:run",), None, True),
    (("agents:plain:run",), None, False),
    (("agents:*:run", "agents:plain:read"), ["plain"], True),
    (ADMIN, ["echo", "plain"], True),
    (("agents::read",), None, False),
    (("agents:read:",), None, False),
    (("AGENTS:READ",), None, False),
    (("agents",), None, False),
    ((), None, False),
]


@pytest.mark.parametrize("scopes, listed, may_run", SCOPES, ids=lambda value: repr(value))
def test_what_each_scope_opens(server, scopes, listed, may_run):
    headers = bearer(scopes=scopes)
    answer = server.get("/agents", headers=headers)
    assert answer.status_code == (403 if listed is None else 200)
    if listed is not None:
        assert [agent["id"] for agent in answer.json()] == listed
    ran = server.post("/agents/echo/runs", headers=headers, data={"message": "x", "stream": "false"})
    assert ran.status_code == (200 if may_run else 403)


def test_authentication_without_authorization_asks_for_no_scope(serve):
    server = serve(config(authorization={"verification_keys": [agentos.SECRET], "algorithm": "HS256"}))
    assert status(server) == 401
    assert status(server, headers=bearer(scopes=())) == 200


def test_an_open_server_ignores_tokens(serve):
    server = serve(config(authorization=None))
    assert status(server) == 200
    assert status(server, headers={"authorization": "Bearer garbage"}) == 200
    assert server.get("/info").json()["auth_mode"] == "none"


# docs/design/security.md 19
def test_an_open_server_answers_only_to_loopback_names(serve):
    server = serve(config(authorization=None))
    assert status(server, headers={"host": "evil.example"}) in (400, 403, 421)


def test_an_open_server_takes_no_posts_from_strange_pages(serve):
    """A form needs no preflight, and whoever gets it runs it: the answer alone is kept from the page."""
    server = serve(config(authorization=None))
    run = {"message": "x", "stream": "false"}
    for origin, allowed in ((None, 200), ("http://localhost:3000", 200), (server.url, 200), ("https://evil.example", 403),
                            ("null", 403)):
        answer = server.post("/agents/echo/runs", data=run, headers={"origin": origin} if origin else {})
        assert answer.status_code == allowed, origin
    assert server.get("/sessions").json()["meta"]["total_count"] == 3


# docs/design/security.md 6
@pytest.mark.parametrize("name", ["sa:robot", "__oauth__:x", "__scheduler__", "u" * 256, "a\nb"])
def test_nobody_takes_a_reserved_name_in_open_mode_either(serve, name):
    server = serve(config(authorization=None))
    answer = server.post("/agents/echo/runs", data={"message": "x", "stream": "false", "user_id": name})
    assert answer.status_code == 422
    assert server.run("x", headers={}, user_id="ann")["user_id"] == "ann"
    assert "user_id" not in server.run("x", headers={}, user_id="")  # empty is nobody


# docs/design/security.md 6
@pytest.mark.parametrize("name", ["sa:robot", "__oauth__:x", "__scheduler__", "u" * 256, "a\nb"])
def test_nobody_takes_a_reserved_name_in_open_mode_either(serve, name):
    server = serve(config(authorization=None))
    answer = server.post("/agents/echo/runs", data={"message": "x", "stream": "false", "user_id": name})
    assert answer.status_code == 422
    assert server.run("x", headers={}, user_id="ann")["user_id"] == "ann"
    assert "user_id" not in server.run("x", headers={}, user_id="")  # empty is nobody


@pytest.mark.parametrize("algorithm, pair", [
    *((name, RSA_KEY) for name in ("RS256", "RS384", "RS512")), *EC_KEYS.items()])
def test_public_keys(serve, algorithm, pair):
    private, public = pair
    server = serve(config(authorization=authorization(verification_keys=[public], algorithm=algorithm)))
    assert status(server, headers=bearer(secret=private, algorithm=algorithm)) == 200
    # The key's bytes as an HMAC secret: the algorithm is the server's choice (RFC 8725 §2.1).
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}').decode()
    body = mint(secret=private, algorithm=algorithm).split(".")[1]
    import hashlib
    import hmac
    forged = hmac.new(public.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    token = f"{head}.{body}.{jwt.utils.base64url_encode(forged).decode()}"
    assert status(server, headers={"authorization": f"Bearer {token}"}) == 401


@pytest.mark.parametrize("algorithm, other", [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
def test_ed25519_by_the_name_that_is_configured_alone(serve, algorithm, other):
    """RFC 9864 gives EdDSA with this curve a name of its own; the configuration says which one tokens have."""
    key = joserfc.jwk.OKPKey.generate_key("Ed25519")
    server = serve(config(authorization=authorization(verification_keys=[key.as_pem(private=False).decode()], algorithm=algorithm)))
    claims = {"sub": "ann", "exp": int(time.time()) + 60, "scopes": ["agents:read"]}
    tokens = {name: joserfc.jwt.encode({"alg": name}, claims, key, algorithms=[name]) for name in (algorithm, other)}
    agentos.PLANTED.update(tokens.values())
    assert status(server, headers={"authorization": f"Bearer {tokens[algorithm]}"}) == 200
    assert status(server, headers={"authorization": f"Bearer {tokens[other]}"}) == 401


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_secrets(serve, algorithm):
    secret = "a-secret-that-is-long-enough-for-512-bits-0123456789-0123456789-0123"
    agentos.PLANTED.add(secret)
    server = serve(config(authorization=authorization(verification_keys=[secret], algorithm=algorithm)))
    assert status(server, headers=bearer(secret=secret, algorithm=algorithm)) == 200
    assert status(server, headers=bearer(secret=secret + "x", algorithm=algorithm)) == 401


def test_keys_are_tried_in_order_and_the_environment_adds_one(serve):
    server = serve(config(authorization={"enabled": True, "verification_keys": [OTHER_RSA_KEY[1]]}),
                   env={"JWT_VERIFICATION_KEY": RSA_KEY[1].strip().replace("\n", "\\n")})
    for private, _ in (RSA_KEY, OTHER_RSA_KEY):
        assert status(server, headers=bearer(secret=private, algorithm="RS256")) == 200


def test_a_key_from_a_file_beside_the_configuration(serve, tmp_path):
    (tmp_path / "server-0" / "keys").mkdir(parents=True)
    (tmp_path / "server-0" / "keys" / "public.pem").write_text(RSA_KEY[1])
    server = serve(config(authorization={"enabled": True, "verification_keys": [{"file": "keys/public.pem"}]}))
    assert status(server, headers=bearer(secret=RSA_KEY[0], algorithm="RS256")) == 200


def test_a_warm_token_expires_all_the_same(serve):
    """The cache of verified tokens must not outlive the token: leeway is 10 s, so one that ran out 9 s
    ago is good for a moment."""
    import time
    server = serve()
    headers = bearer(ttl=-9)
    assert status(server, headers=headers) == 200
    deadline = time.monotonic() + 8
    while status(server, headers=headers) == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.get("/agents", headers=headers).json() == {"detail": "Token has expired"}


def test_rows_that_are_not_built_say_so_after_authorization(server):
    assert status(server, "/memories") == 401
    assert status(server, "/memories", headers=bearer(scopes=())) == 403
    assert status(server, "/memories", headers=bearer(scopes=("memories:read",))) == 501


def test_teams_and_workflows_are_empty(server):
    assert server.get("/teams", headers=bearer(scopes=ADMIN)).json() == []
    assert server.get("/workflows", headers=bearer(scopes=ADMIN)).json() == []


def test_the_audience_is_checked_when_one_is_set(serve):
    server = serve(config(authorization=authorization(audience="api")))
    assert status(server, headers=bearer(aud="api")) == 200
    assert status(server, headers=bearer(aud=["x", "api"])) == 200
    assert status(server, headers=bearer(aud="other")) == 401
    assert status(server, headers=bearer()) == 401


def test_a_run_takes_the_users_id_from_the_token(server):
    run = server.run("x", headers=bearer(sub="ann", scopes=RUNNER), user_id="bob")
    assert run["user_id"] == "ann"
