"""What a caller says of himself in headers that proxies write: another path, method or port to decide by,
another address to come from (CVE-2026-40575 oauth2-proxy, CVE-2026-35051, CVE-2026-39858, CVE-2026-54764 Traefik). Who
may do what is not decided by them: authenticate() knows the peer of the connection, route_find() the target of the
request line; whom failures are counted for is tests/unit/auth/test_client_address.c's."""
import pytest

import agentos
from agentos import RUNNER, authorization, bearer, config

FORGED = {
    "X-HTTP-Method-Override": "GET", "X-HTTP-Method": "GET", "X-Method-Override": "GET", "X-Original-Method": "GET",
    "X-Original-URL": "/health", "X-Rewrite-URL": "/health", "X-Original-URI": "/health", "X-Envoy-Original-Path": "/health",
    "X-Forwarded-Uri": "/health", "X-Forwarded-Prefix": "/health", "X-Forwarded-Path": "/health",
    "X-Forwarded-Method": "OPTIONS", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost",
    "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "X-Client-IP": "127.0.0.1", "True-Client-IP": "127.0.0.1",
    "CF-Connecting-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost;proto=https", "Via": "1.1 localhost",
    "X-Forwarded-User": "admin", "X-Forwarded-Email": "admin@example.com", "X-Forwarded-Groups": "admin",
    "X-Forwarded-Access-Token": agentos.SECRET, "X-Auth-Request-User": "admin", "X-Remote-User": "admin", "Remote-User": "admin",
    "X-User-Id": "admin", "X-Amzn-Oidc-Data": "e30.e30.e30", "X-Forwarded-Client-Cert": "Subject=admin", "X-SSL-Client-Verify": "SUCCESS",
}


# docs/design/security.md 20, 26
@pytest.mark.parametrize("header", FORGED)
def test_no_header_changes_what_is_asked_or_by_whom(server, header):
    for value in (FORGED[header], "/health", "admin", "127.0.0.1", "DELETE"):
        assert server.get("/sessions", headers={header: value}).status_code == 401
        assert server.get("/sessions", headers={header: value, **bearer(scopes=())}).status_code == 403
        assert server.get("/sessions", headers={header: value, **bearer(scopes=RUNNER)}).status_code == 200


@pytest.mark.parametrize("header", FORGED)
def test_nor_does_it_behind_a_trusted_proxy(serve_untrusting, header):
    """`validate: false` takes unsigned tokens of trusted proxies alone; who says that he is one is none."""
    forged = agentos.mint(secret="another-secret-0123456789-0123456789")
    answer = serve_untrusting.get("/agents", headers={header: FORGED[header], "authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


@pytest.fixture(scope="module")
def serve_untrusting(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("untrusting"),
                            config(trusted_proxies=["192.0.2.1"], authorization=authorization(validate=False)))
    yield shared
    shared.stop()


def test_a_signed_token_is_taken_there(serve_untrusting):
    assert serve_untrusting.get("/agents", headers=bearer()).status_code == 200
