"""Issuers over HTTP: selection by iss, keys that are fetched and rotate, key servers that misbehave."""
import concurrent.futures
import json
import os
import re
import signal
import socket
import struct
import threading
import time

import pytest

from agentos import bearer, config, refused
from key_server import Key, KeyServer


@pytest.fixture
def issuer():
    started = KeyServer()
    yield started
    started.stop()


def issuers(*all, **more):
    return config(authorization={"issuers": [{"audience": "test-os", **one} for one in all], **more})


def until(condition, seconds=10):
    """Waits for another process; what is waited for is asserted."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def detail(answer):
    return answer.status_code, answer.json().get("detail")


def test_a_generic_issuer_with_a_key_url_lets_its_tokens_in(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert issuer.requests == ["/jwks"]


def test_without_a_key_source_the_issuer_is_asked_for_it(serve, issuer):
    server = serve(issuers({"issuer": issuer.url}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert issuer.requests == ["/.well-known/openid-configuration", "/jwks"]


# ---- who is let in ----

def test_the_iss_selects_the_issuer_before_any_key_is_tried(serve, issuer):
    other = KeyServer()
    try:
        server = serve(issuers({"issuer": issuer.url}, {"issuer": other.url}))
        assert server.get("/agents", headers=other.bearer()).status_code == 200
        # signed by the one, said to be of the other
        assert detail(server.get("/agents", headers=issuer.bearer(iss=other.url))) == (
            401, "Invalid token: Signature verification failed")
    finally:
        other.stop()


@pytest.mark.parametrize("iss, why", [
    ("https://elsewhere.example", "Invalid token: Invalid issuer"),
    (..., 'Invalid token: Token is missing the "iss" claim'),
    ("/", "Invalid token: Invalid issuer"),
])
def test_an_iss_that_is_not_listed_is_nobody(serve, issuer, iss, why):
    server = serve(issuers({"issuer": issuer.url}))
    if iss == "/":
        iss = issuer.url + "/"
    assert detail(server.get("/agents", headers=issuer.bearer(iss=iss))) == (401, why)


def test_plain_keys_take_what_no_issuer_claims_only_when_told_so(serve, issuer):
    plain = {"verification_keys": ["inventory-secret-0123456789-0123456789"], "algorithm": "HS256"}
    strict = serve(issuers({"issuer": issuer.url}, **plain))
    assert strict.get("/agents", headers=bearer()).status_code == 401
    loose = serve(issuers({"issuer": issuer.url}, plain_fallback=True, **plain))
    assert loose.get("/agents", headers=bearer()).status_code == 200
    assert loose.get("/agents", headers=issuer.bearer()).status_code == 200
    # a listed issuer never falls through to them
    assert loose.get("/agents", headers=bearer(iss=issuer.url)).status_code == 401


def test_a_token_without_a_scheme_is_refused(serve, issuer):
    server = serve(issuers({"issuer": issuer.url}))
    assert server.get("/agents", headers={"authorization": issuer.sign()}).status_code == 401


def test_a_token_that_names_nobody_is_forbidden(serve, issuer):
    server = serve(issuers({"issuer": issuer.url}))
    assert detail(server.get("/agents", headers=issuer.bearer(sub=...))) == (
        403, "Authenticated request is missing a user identity")


def test_an_opaque_token_is_told_what_to_do(serve, issuer):
    server = serve(issuers({"issuer": issuer.url}))
    status, why = detail(server.get("/agents", headers={"authorization": "Bearer 0a1b2c3d4e5f"}))
    assert status == 401 and "opaque" in why and "audience" in why


def test_a_token_may_come_in_a_cookie(serve, issuer):
    """Clerk's __session: no audience, but an azp; and no other site may use it to change something."""
    server = serve(issuers({"issuer": issuer.url, "preset": "clerk", "jwks_url": issuer.url + "/jwks",
                            "audience": "https://app.example.com"}, token_source="cookie", cookie_name="__session")
                   | {"cors_origins": ["https://app.example.com"]})
    packed = {"aud": ..., "scopes": ..., "azp": "https://app.example.com", "fea": "o:agents",
              "o": {"per": "read,run", "fpm": "3"}}
    cookie = {"cookie": "__session=" + issuer.sign(**packed)}
    assert server.get("/agents", headers=cookie).status_code == 200
    assert server.get("/agents", headers=issuer.bearer(**packed)).status_code == 401
    elsewhere = {"cookie": "__session=" + issuer.sign(**packed | {"azp": "https://evil.example.com"})}
    assert server.get("/agents", headers=elsewhere).status_code == 401
    run = {"message": "hi", "stream": "false"}
    for origin, status in (("https://app.example.com", 200), ("https://evil.example.com", 403)):
        answer = server.post("/agents/echo/runs", headers=cookie | {"origin": origin}, data=run)
        assert answer.status_code == status, answer.text


# ---- keys that move ----

def test_a_new_key_is_fetched_when_its_first_token_comes(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    issuer.keys.append(Key("two"))
    assert server.get("/agents", headers=issuer.bearer(issuer.keys[1])).status_code == 200
    assert issuer.count() == 2


def test_a_parked_request_keeps_its_body(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: issuer.count() == 1)
    issuer.keys.append(Key("two"))
    headers = issuer.bearer(issuer.keys[1], scopes=["agents:read", "agents:run"])
    assert "hello" in server.run("hello", headers=headers)["content"]


def test_a_withdrawn_key_takes_its_remembered_tokens_along(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    old = issuer.bearer()
    assert server.get("/agents", headers=old).status_code == 200
    issuer.keys = [Key("two")]
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert server.get("/agents", headers=old).status_code == 401


def test_unknown_kids_cause_one_fetch_however_many_come(serve, issuer):
    """CVE-2026-48524: each unknown kid had its own fetch."""
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: issuer.count() == 1)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda i: server.get("/agents", headers=issuer.bearer(headers={"kid": f"stranger-{i}"})), range(200)))
    assert {answer.status_code for answer in answers} == {401}
    assert issuer.count() == 2
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


def test_the_server_starts_without_its_issuer_and_finds_it_later(serve, issuer):
    issuer.says("/jwks", 503, "{}")
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: issuer.count() == 1)
    issuer.publish()
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


def test_an_issuer_that_is_down_is_said_and_not_waited_for_twice(serve, issuer):
    url = issuer.url
    token = issuer.bearer()
    issuer.stop()
    server = serve(issuers({"issuer": url, "jwks_url": url + "/jwks"}))
    until(lambda: "connection refused" in server.log)
    for _ in range(3):
        assert detail(server.get("/agents", headers=token)) == (
            401, "Invalid token: The issuer's keys cannot be had at present")
    assert server.log.count("keys cannot be fetched") == 1


def wide(issuer):
    return json.dumps({"keys": [issuer.keys[0].jwk(kid=f"k{i}") for i in range(10000)]})


BAD_ANSWERS = {
    "HTML with 200": lambda i: i.says("/jwks", 200, "<html><body>Sign in</body></html>"),
    "a redirect": lambda i: i.says("/jwks", 302, "", location=i.url + "/elsewhere"),
    "500": lambda i: i.says("/jwks", 500, "oops"),
    "404": lambda i: i.says("/jwks", 404, "{}"),
    "more than 1 MiB": lambda i: i.says("/jwks", 200, b" " * (2 << 20)),
    "10,000 keys": lambda i: i.says("/jwks", 200, wide(i)),
    "a gzip bomb": lambda i: i.says_gzipped("/jwks", b" " * (64 << 20)),
    "gzip that nobody asked for": lambda i: i.says_gzipped("/jwks", i.jwks().encode()),
    "cut short": lambda i: i.says("/jwks", 200, i.jwks()[:-20]),
    "a member twice": lambda i: i.says("/jwks", 200, '{"keys":[],"keys":[]}'),
    "not UTF-8": lambda i: i.says("/jwks", 200, b'{"keys":[{"kid":"\xff"}]}'),
    "nothing": lambda i: i.says("/jwks", 200, ""),
    "a list": lambda i: i.says("/jwks", 200, "[]"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_what_is_no_key_set_leaves_the_old_keys_in_use(serve, issuer, name):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    BAD_ANSWERS[name](issuer)
    assert server.get("/agents", headers=issuer.bearer(headers={"kid": "unknown"})).status_code == 401
    assert issuer.count() == 2
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert issuer.count("/elsewhere") == 0
    assert server.log.count("keys cannot be fetched") == 1, server.log


def test_a_key_server_that_trickles_is_given_up(serve, issuer):
    """Never silent, so only the limit on the whole answer ends it."""
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    issuer.trickles("/jwks")
    began = time.monotonic()
    assert server.get("/agents", headers=issuer.bearer(headers={"kid": "unknown"})).status_code == 401
    assert time.monotonic() - began < 4
    while "keys cannot be fetched" not in server.log:
        assert server.get("/agents", headers=issuer.bearer()).status_code == 200
        assert time.monotonic() - began < 30
    assert "the time for the whole answer has passed" in server.log
    assert issuer.count() == 2 and server.log.count("keys cannot be fetched") == 1


def test_a_valid_empty_set_withdraws_all_keys(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    issuer.says("/jwks", 200, '{"keys":[]}')
    assert server.get("/agents", headers=issuer.bearer(headers={"kid": "unknown"})).status_code == 401
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401


UNUSABLE_SETS = {  # the name: what the provider publishes, and the reason that the log gives
    "none": ([], "the key set has no keys"),
    "for encryption": ([Key("one", "ES256").jwk(use="enc")], "1 of 1 keys skipped: 1 not for signatures (use, key_ops)"),
    "of another algorithm": ([Key("one").jwk(alg="RSA-OAEP"), {"kty": "oct", "k": "AAAA"}],
                             "2 of 2 keys skipped: 1 of another algorithm, 1 a published secret"),
}


@pytest.mark.parametrize("name", UNUSABLE_SETS)
def test_a_set_without_a_usable_key_is_a_warning_that_says_why(serve, issuer, name):
    keys, why = UNUSABLE_SETS[name]
    issuer.says("/jwks", 200, json.dumps({"keys": keys}))
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "the fetched key set has no usable key; tokens of this source are refused" in server.log)
    line = next(line for line in server.log.splitlines() if "the fetched key set" in line)
    assert "warning" in line and f'"{why}"' in line and "keys=0" in line, line
    assert "keys fetched" not in server.log
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401


def test_an_ambiguous_kid_concerns_its_own_tokens_alone(serve, issuer):
    good, again = Key("good", "ES256"), issuer.keys[0].jwk()
    issuer.says("/jwks", 200, json.dumps({"keys": [again, Key("one").jwk(), good.jwk(), good.jwk()]}))
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "algorithms": ["RS256", "ES256"],
                            "grants": ["agents:*", "authz:read"]}))
    until(lambda: "keys fetched" in server.log)
    assert "several keys with kid 'one' for RS256; none is used" in server.log
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401
    reader = issuer.bearer(good, scopes=["agents:read", "authz:read"])
    assert server.get("/agents", headers=reader).status_code == 200
    assert issuer.count() == 1  # the kid is known: asking again would not help
    told = server.post("/authz/explain", headers=reader,
                       json={"method": "GET", "path": "/agents", "token": issuer.sign()})
    assert "several keys of the set have its kid, so none of them is used" in told.text


def test_absent_members_may_be_null_or_empty(serve, issuer):
    """As .NET and Java write key sets."""
    blank = {"oth": None, "d": "", "k": None, "key_ops": [], "x5c": [], "x5u": None}
    issuer.says("/jwks", 200, json.dumps({"keys": [{**issuer.keys[0].jwk(), **blank}]}))
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


class Stall:
    """A key server that lets go when told."""

    def __init__(self, issuer):
        self.go = threading.Event()
        whole = issuer.answers["/jwks"]
        issuer.answers["/jwks"] = lambda handler: (self.go.wait(15), whole(handler))


def test_a_slow_key_server_holds_up_only_who_needs_it_and_only_for_two_seconds(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    stall = Stall(issuer)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        stranger = pool.submit(server.get, "/agents", headers=issuer.bearer(headers={"kid": "unknown"}))
        until(lambda: issuer.count() == 2)
        for _ in range(20):
            assert server.get("/agents", headers=issuer.bearer()).status_code == 200
        assert not stranger.done()
        assert stranger.result().status_code == 401
        assert 1.5 < time.monotonic() - began < 4
    stall.go.set()


def test_all_who_wait_for_a_new_key_are_let_in_by_one_fetch(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    issuer.keys.append(Key("two"))
    tokens = [issuer.bearer(issuer.keys[1], sub=f"user-{i}") for i in range(20)]
    stall = Stall(issuer)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(server.get, "/agents", headers=token) for token in tokens]
        until(lambda: issuer.count() == 2)
        stall.go.set()
        assert {answer.result().status_code for answer in waiting} == {200}
    assert issuer.count() == 2


def hits(server, headers):
    """How many requests were warm; this question is one more."""
    answer = server.get("/-/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return int(re.search(r"^agentos_token_cache_hits_total (\d+)$", answer.text, re.M).group(1))


def test_a_rotation_of_one_issuer_costs_the_others_nothing(serve, issuer):
    """docs/design/security.md 14: what one issuer's keys have verified is forgotten when they change, and nothing else."""
    other = KeyServer()
    try:
        server = serve(issuers(*({"issuer": one.url, "jwks_url": one.url + "/jwks", "grants": ["agent_os:admin", "agents:*"]}
                                 for one in (issuer, other))), arguments=("--loops", "1"))
        withdrawn, kept = (one.bearer(scopes=["agent_os:admin"]) for one in (issuer, other))
        for token in (withdrawn, kept):
            assert server.get("/agents", headers=token).status_code == 200
        issuer.keys = [Key("two")]
        assert server.get("/agents", headers=issuer.bearer()).status_code == 200  # which fetches them
        before = hits(server, kept)
        assert hits(server, kept) == before + 1
        assert before == 1  # its first look at the metrics found it
        assert server.get("/agents", headers=withdrawn).status_code == 401

        # the other's are asked for too, and say what they said: nothing is forgotten
        warm = hits(server, kept)
        assert server.get("/agents", headers=other.bearer(headers={"kid": "unknown"})).status_code == 401
        assert other.count() == 2
        assert hits(server, kept) == warm + 1
    finally:
        other.stop()


def test_certificates_are_fetched_and_rotate_too(serve, issuer):
    issuer.publish_certificates()
    server = serve(issuers({"issuer": issuer.url, "x509_url": issuer.url + "/x509"}))
    old = issuer.bearer()
    assert server.get("/agents", headers=old).status_code == 200
    issuer.keys = [Key("two")]
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert server.get("/agents", headers=old).status_code == 401
    assert issuer.requests == ["/x509", "/x509"]


def test_explaining_asks_no_key_server(serve, issuer):
    """docs/design/security.md 24: nor does it use up the one fetch that an unknown kid may cause."""
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "grants": ["authz:read", "agents:*"]}))
    reader = issuer.bearer(scopes=["authz:read"])
    assert server.get("/authz/whoami", headers=reader).status_code == 200
    issuer.keys.append(Key("two"))
    fresh = issuer.sign(issuer.keys[1])
    for _ in range(3):
        told = server.post("/authz/explain", headers=reader, json={"method": "GET", "path": "/agents", "token": fresh})
        assert told.json()["status"] == 401 and "the kid is not among its keys" in told.text
    assert issuer.count() == 1
    assert server.get("/agents", headers={"authorization": f"Bearer {fresh}"}).status_code == 200
    assert issuer.count() == 2


def test_a_client_that_leaves_while_it_waits_is_forgotten(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    stall = Stall(issuer)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        token = issuer.sign(headers={"kid": "unknown"})
        client.sendall(f"GET /agents HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n".encode())
        until(lambda: issuer.count() == 2)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a half-close
    until(lambda: "client left" in server.log)
    stall.go.set()
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


def test_a_server_that_is_told_to_end_answers_who_waits(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    until(lambda: "keys fetched" in server.log)
    stall = Stall(issuer)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.get, "/agents", headers=issuer.bearer(headers={"kid": "unknown"}))
        until(lambda: issuer.count() == 2)
        server.terminate()
        assert waiting.result().status_code == 401
        assert server.wait(10) == 0
    stall.go.set()


def test_a_reload_keeps_what_was_fetched(serve, issuer):
    server = serve(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    server.file.write_text(json.dumps(issuers({"issuer": issuer.url, "jwks_url": issuer.url + "/jwks"},
                                              admin_scope="our:admin")))
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: "reloaded" in server.log)
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    for reload in range(2, 12):
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: server.log.count("info reloaded") == reload)
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert issuer.count() == 1


# ---- discovery ----

OPENID, OAUTH = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
FIRST_REASONS = {  # the name: the answers of the two documents, and which reason counts
    "a slash": ((200, '{"issuer":"URL/"}'), (404, "{}"), f"URL{OPENID} is of the issuer 'URL/', not 'URL'; they differ in the slash at the end"),
    "no jwks_uri": ((200, '{"issuer":"URL"}'), (404, "{}"), f"URL{OPENID} has no jwks_uri"),
    "a page": ((200, "<html>"), (404, "<html>"), f"URL{OPENID} is not JSON"),
    "a failure": ((503, "{}"), (404, "{}"), f"URL{OPENID} answered 503"),
    "a redirect": ((302, ""), (404, "{}"), f"URL{OPENID} answered 302; redirects are not followed"),
    "two faults": ((403, "{}"), (200, '{"issuer":"URL/"}'), f"URL{OPENID} answered 403"),
    "both absent": ((404, "{}"), (404, "{}"), f"URL{OPENID} answered 404"),
    "the second alone": ((404, "{}"), (200, '{"issuer":"https://other"}'), f"URL{OAUTH} is of the issuer 'https://other', not 'URL'"),
}


@pytest.mark.parametrize("name", FIRST_REASONS)
def test_discovery_fails_for_the_first_documents_reason(serve, issuer, name):
    first, second, why = FIRST_REASONS[name]
    for path, (status, body) in ((OPENID, first), (OAUTH, second)):
        issuer.says(path, status, body.replace("URL", issuer.url))
    server = serve(issuers({"issuer": issuer.url}))
    until(lambda: "keys cannot be fetched" in server.log)
    assert issuer.requests == [OPENID, OAUTH]
    assert 'why="' + why.replace("URL", issuer.url) in server.log


def test_key_requests_refuse_compression(serve, issuer):
    """And an answer that is compressed nevertheless is named so."""
    asked = []
    whole = issuer.answers["/jwks"]
    issuer.answers["/jwks"] = lambda handler: (asked.append(handler.headers.get_all("accept-encoding")), whole(handler))
    server = serve(issuers({"issuer": issuer.url}))
    until(lambda: "keys fetched" in server.log)
    assert asked == [["identity"]]
    for path in ("/jwks", OPENID):
        other = KeyServer()
        try:
            other.says_gzipped(path, b"{}")
            server = serve(issuers({"issuer": other.url}))
            until(lambda: "keys cannot be fetched" in server.log)
            assert f"{other.url}{path} is compressed, although the request refuses that" in server.log
        finally:
            other.stop()


def test_a_document_of_another_issuer_is_not_believed(serve, issuer):
    issuer.says("/.well-known/openid-configuration", 200,
                json.dumps({"issuer": "https://evil.example", "jwks_uri": issuer.url + "/jwks"}))
    server = serve(issuers({"issuer": issuer.url}))
    until(lambda: "is of the issuer" in server.log or issuer.count("/.well-known/oauth-authorization-server") == 1)
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401
    assert issuer.count() == 0


@pytest.mark.parametrize("uri", ["http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
                                 "https://evil.example/jwks", "ftp://127.0.0.1/jwks", "data:,{}"])
def test_a_document_leads_nowhere_else(serve, issuer, uri):
    """CVE-2026-48522: a key URL of another scheme."""
    issuer.says("/.well-known/openid-configuration", 200, json.dumps({"issuer": issuer.url, "jwks_uri": uri}))
    server = serve(issuers({"issuer": issuer.url}))
    until(lambda: "keys cannot be fetched" in server.log)
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401


def test_the_place_of_rfc_8414_is_asked_second(serve, issuer):
    issuer.says("/.well-known/openid-configuration", 404, "{}")
    issuer.says("/.well-known/oauth-authorization-server", 200,
                json.dumps({"issuer": issuer.url, "jwks_uri": issuer.url + "/jwks"}))
    server = serve(issuers({"issuer": issuer.url}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


# ---- the plain block ----

def test_the_plain_block_takes_a_key_url_too(serve, issuer):
    server = serve(config(authorization={"jwks_url": issuer.url + "/jwks"}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert server.get("/agents", headers=issuer.bearer(aud="another")).status_code == 401
    issuer.keys.append(Key("two"))
    assert server.get("/agents", headers=issuer.bearer(issuer.keys[1])).status_code == 200


def test_the_key_url_may_come_from_the_environment(serve, issuer):
    server = serve(config(authorization=None), env={"JWT_JWKS_URL": issuer.url + "/jwks"})
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert server.get("/agents").status_code == 401


# ---- what refuses to start ----

@pytest.mark.parametrize("block, says", [
    ({"issuers": [{"issuer": "https://a", "audience": "x"}, {"issuer": "https://a", "audience": "y"}]}, "duplicate issuer"),
    ({"issuers": [{"issuer": "https://a"}]}, "audience"),
    ({"issuers": [{"issuer": "http://a.example", "audience": "x"}]}, "plain http"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "algorithms": ["none"]}]}, "not a signature algorithm"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "leeway": 301}]}, "from 0 to 300"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "scopes_claim": "user_metadata.scopes"}]}, "written by the users themselves"),
    ({"issuers": [{"issuer": "https://a", "audience": "x"}], "enabled": False}, "remove one of them"),
    ({"roles": {"viewer": ["agents:read"]}, "roles_claim": "r", "enabled": False}, "remove one of them"),
    ({"jwks_url": "https://a/j", "enabled": False}, "remove one of them"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "max_stale": "1m"}]}, "from 120"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "leeway": -1}]}, "from 0 to 300"),
    ({"issuers": [{"issuer": "https://a", "audience": "x"}], "validate": False}, "validate"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "jwks_url": "https://a/j", "x509_url": "https://a/x"}]}, "keep one"),
    ({"issuers": [{"issuer": "https://a", "audience": "x", "preset": "auth1"}]}, "auth0"),
    ({"jwks_url": "http://keys.example/jwks"}, "plain http"),
])
def test_what_cannot_be_meant_refuses_to_start(tmp_path, block, says):
    status, said = refused(tmp_path, config(authorization=block))
    assert status == 2 and says in said, said
