"""Routes that need no token, and requests that look like them. oauth2-proxy matched its skip_auth patterns against
the whole URI, so that a query (CVE-2025-54576) or a fragment (CVE-2026-41059) opened everything. policy_make()
resolves excluded routes to rows of the table before the server starts; no pattern ever meets a request."""
import pytest

import agentos
from agentos import ADMIN, authorization, bearer, config

OPEN = ["/health", "/docs*", "GET /models", "*/info", "/agents/*/public"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("skip"), config(authorization=authorization(excluded_routes=OPEN[:3] + OPEN[4:])))
    yield shared
    shared.stop()


def test_what_is_named_is_open(server):
    assert server.get("/health").status_code == 200
    assert server.get("/models").status_code == 200
    assert server.get("/health?x=1&y=/agents").status_code == 200


TRICKS = ["?/health", "?x=/health", "?=/health", "?health", "#/health", "%23/health", "%3F/health", ";/health", "/health",
          "/../health", "/..;/health", "//health", "?/docs", "?x=/docs/x", "/docs", "/public", "/x/public", "%0a/health",
          "?x=https://a/health", "&/health"]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("path", ["/agents", "/sessions", "/config", "/agents/echo"])
def test_what_only_looks_like_it_is_not(server, path, trick):
    answer = server.raw(f"GET {path}{trick} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode(), half_close=False)
    assert answer.split(b" ", 2)[1] in (b"401", b"400"), answer[:200]


def test_another_method_of_an_open_path_is_not_open(server):
    for method in ("POST", "DELETE", "PATCH", "PUT"):
        assert server.http.request(method, "/models").status_code in (401, 405)
    assert server.http.request("POST", "/agents/echo/runs", data={"message": "x"}).status_code == 401
    assert server.get("/agents", headers=bearer(scopes=ADMIN)).status_code == 200


def test_a_pattern_that_is_no_path_does_not_start(tmp_path):
    status, said = agentos.refused(tmp_path, config(authorization=authorization(excluded_routes=[OPEN[3]])))
    assert status == 2 and "excluded_routes" in said
