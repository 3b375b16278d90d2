"""A kid that nobody knows, and another, and another: PyJWKClient fetched the key set for each of them
(CVE-2026-48524), so that anybody could make one server knock at another. want_keys() asks at most once a cool-down,
whatever the kids are, an issuer's good callers go on, and so do those of its neighbour."""
import concurrent.futures
import time

import pytest

from agentos import config
from key_server import Key, KeyServer


@pytest.fixture
def pair():
    started = KeyServer(), KeyServer()
    yield started
    for issuer in started:
        issuer.stop()


def issuer_of(server):
    return {"issuer": server.url, "audience": "test-os", "jwks_url": server.url + "/jwks"}


# docs/design/security.md 21
def test_a_flood_of_unknown_kids_costs_one_fetch(serve, pair):
    flooded, neighbour = pair
    server = serve(config(authorization={"issuers": [issuer_of(flooded), issuer_of(neighbour)]}))
    for issuer in pair:
        assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    assert [issuer.count() for issuer in pair] == [1, 1]
    good = [issuer.bearer() for issuer in pair]
    strangers = [flooded.bearer(headers={"kid": f"stranger-{i}" + "x" * (i % 200)}) for i in range(400)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        refused = pool.map(lambda headers: server.get("/agents", headers=headers).status_code, strangers)
        served = [server.get("/agents", headers=headers).status_code for headers in good * 20]
        assert set(refused) == {401}
    assert set(served) == {200}
    assert flooded.count() <= 2 and neighbour.count() == 1


def test_tokens_of_strangers_cause_none_either(serve, pair):
    """Not listed, not signed, of another algorithm, without a kid: none is worth a question."""
    issuer, other = pair
    server = serve(config(authorization={"issuers": [issuer_of(issuer)]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    stranger = Key("one")
    for headers in (other.bearer(headers={"kid": "new"}), issuer.bearer(stranger), issuer.bearer(stranger, headers={"kid": ""}),
                    {"authorization": "Bearer " + issuer.sign(headers={"kid": "k" * 300})},
                    {"authorization": "Bearer eyJhbGciOiJub25lIiwia2lkIjoibmV3In0.e30."}):
        assert server.get("/agents", headers=headers).status_code == 401
    assert (issuer.count(), other.count()) == (1, 0)


# docs/design/security.md 24
def test_an_unknown_kid_is_refused_as_a_bad_signature_is(serve, pair):
    issuer, _ = pair
    server = serve(config(authorization={"issuers": [issuer_of(issuer)]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    answers = [server.get("/agents", headers=headers) for headers in
               (issuer.bearer(Key("one")), issuer.bearer(headers={"kid": "unknown"}), issuer.bearer(Key("unknown")))]
    assert {(answer.status_code, answer.text, answer.headers["www-authenticate"]) for answer in answers} == {
        (401, answers[0].text, answers[0].headers["www-authenticate"])}


# docs/design/security.md 24
def test_explaining_asks_for_no_key(serve, pair):
    issuer, _ = pair
    server = serve(config(authorization={"issuers": [{**issuer_of(issuer), "grants": ["agents:*", "authz:read"]}]}))
    asker = issuer.bearer(scopes=["authz:read"])
    assert server.get("/authz/whoami", headers=asker).status_code == 200
    token = issuer.sign(headers={"kid": "unknown"})
    for _ in range(3):
        answer = server.post("/authz/explain", json={"method": "GET", "path": "/agents", "token": token}, headers=asker)
        assert answer.status_code == 200 and answer.json()["allowed"] is False, answer.text
    assert "the kid is not among its keys" in answer.text
    assert issuer.count() == 1


def test_a_new_key_is_found_all_the_same(serve, pair):
    issuer, _ = pair
    server = serve(config(authorization={"issuers": [issuer_of(issuer)]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200
    issuer.keys.append(Key("two"))
    began = time.monotonic()
    assert server.get("/agents", headers=issuer.bearer(issuer.keys[1])).status_code == 200
    assert time.monotonic() - began < 10 and issuer.count() == 2
