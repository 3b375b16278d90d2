"""A redirect to wherever the caller says: mod_auth_openidc sent browsers on to a target such as "/\\t/evil"
(CVE-2022-23527). Nothing that call_reply() is given has a Location, whatever is asked for, and a refusal repeats nothing
of the request."""
import pytest

from agentos import ADMIN, bearer

TARGETS = ["//evil.example", "/\\evil.example", "/%09/evil.example", "///evil.example/%2f..", "/%5cevil.example", "/.evil.example",
           "/evil.example//", "/login?next=//evil.example", "/?redirect_uri=https://evil.example", "/docs/?url=https://evil.example",
           "/authorize?target_link_uri=//evil.example&iss=https://evil.example", "http://evil.example/", "https://evil.example/health",
           "/health/", "/agents/", "/docs/", "/health?x=%0d%0aLocation:%20https://evil.example"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_no_answer_sends_a_caller_elsewhere(server, target, host):
    for credential in (b"", b"Authorization: " + bearer(scopes=ADMIN)["authorization"].encode() + b"\r\n"):
        for method in (b"GET", b"POST", b"HEAD"):
            answer = server.raw(method + b" " + target.encode() + b" HTTP/1.1\r\nHost: " + host.encode() +
                                b"\r\nConnection: close\r\nContent-Length: 0\r\nOrigin: https://evil.example\r\n" + credential + b"\r\n", half_close=False)
            head, _, body = answer.partition(b"\r\n\r\n")
            status = int(answer.split(b" ", 2)[1])
            assert not 300 <= status < 400, answer[:300]
            assert b"\r\nlocation:" not in head.lower() and b"\r\nrefresh:" not in head.lower()
            assert b"evil.example" not in head
            if status >= 400:
                assert b"evil.example" not in body, body


def test_the_answer_is_a_plain_one(server):
    assert server.get("/health/").status_code == 200
    assert server.get("/nope", headers=bearer(scopes=ADMIN)).status_code == 404
