"""One path to who decides and another to who answers: encoded slashes, dot segments, fragments, repeated
and trailing slashes, prefixes that are cut off (CVE-2023-47106, CVE-2025-66490, CVE-2025-47952, CVE-2026-40912,
CVE-2026-48020, CVE-2026-65600, all of them Traefik). target_read() decodes once, has_bad_target() takes no
fragment, is_plain_path is the word of both; the row that is found is the row that is judged and answers."""
import re

import pytest

import agentos
from agentos import ADMIN, bearer
from test_access_matrix import CLOSED, PRIVATE, name_of


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("paths"), agentos.config())
    yield shared
    shared.stop()


def ask(server, method, target, credential=""):
    raw = server.raw(f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{credential}\r\n".encode(), half_close=False)
    assert server.is_alive()
    return int(raw.split(b" ", 2)[1])


# docs/design/security.md 17
@pytest.mark.parametrize("path", ["/agents%2Fecho", "/agents%5Cecho", "/x/../health", "/x/%2e%2e/health", "/health%00",
                                  "/health%zz", "/health%", "/%C0%AFhealth",
                                  "/health#/agents", "/health%2f..%2fagents", "/./agents", "/agents/.", "/agents/%2e%2e/agents",
                                  "/health/%2e%2e%2fagents", "/agents%5c..%5chealth", "/health\\..\\agents"])
def test_an_ambiguous_path_is_400(server, path):
    """The message itself is well-formed, so the connection may go on."""
    answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]


@pytest.mark.parametrize("row", PRIVATE, ids=name_of)
def test_another_spelling_leads_around_no_check(server, row):
    path = re.sub(r"\{\w+\}", "echo", row["pattern"])
    spellings = (f"/{path}", f"{path}/", f"{path}//", f"/x/..{path}", f"/.{path}", f"/health/..{path}", f"/health;/..{path}",
                 f"{path};x", f"{path}%00", f"{path}%2f", f"{path}%20", f"/%2f{path[1:]}", f"/%{ord(path[1]):x}{path[2:]}",
                 path.upper(), f"{path}?x=/health", f"http://a{path}")
    opened = () if row in CLOSED else (200,) if row["built"] else (501,)
    refused = (400, 403, 404, 405, *opened)
    for allowed, credential in (((400, 401), ""), (refused, f"Authorization: {bearer(scopes=())['authorization']}\r\n")):
        for spelling in spellings:
            status = ask(server, row["method"], spelling, credential)
            assert status in allowed, (spelling, status)


def test_the_plain_spelling_is_answered(server):
    admin = f"Authorization: {bearer(scopes=ADMIN)['authorization']}\r\n"
    for path in ("/agents", "/agents/", "/agents//", "/agents/echo", "/agents/%65cho", "http://a/agents"):
        assert ask(server, "GET", path, admin) == 200, path
        assert ask(server, "GET", path) == 401, path
