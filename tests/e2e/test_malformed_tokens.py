"""Tokens that are none, and an issuer that answers nonsense: Envoy's process ended at some of them
(CVE-2019-12995, CVE-2024-45809, CVE-2025-64527). jws_parse() and jwks_read() refuse in one sentence, and the server goes
on: each case is followed by one that is answered."""
import base64
import json

import pytest

from agentos import ADMIN, SECRET, bearer, config, mint
from key_server import KeyServer


def b64(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


GOOD = mint(scopes=ADMIN)
HEAD, BODY, SIGNATURE = GOOD.split(".")
TWICE = b'{"alg":"none","alg":"HS256"}'

TOKENS = {
    "empty": "", "blank": " ", "dots": "..", "many dots": "." * 200, "four parts": GOOD + ".x",
    "five parts (JWE)": "a.b.c.d.e", "two parts": f"{HEAD}.{BODY}", "no signature": f"{HEAD}.{BODY}.",
    "no header": f".{BODY}.{SIGNATURE}", "no body": f"{HEAD}..{SIGNATURE}",
    "header not base64": f"!!!.{BODY}.{SIGNATURE}", "body not base64": f"{HEAD}.!!!.{SIGNATURE}",
    "header not JSON": f"{b64(b'{')}.{BODY}.{SIGNATURE}", "header a list": f"{b64([])}.{BODY}.{SIGNATURE}",
    "header null": f"{b64(None)}.{BODY}.{SIGNATURE}", "no alg": f"{b64({})}.{BODY}.{SIGNATURE}",
    "alg a number": f"{b64({'alg': 5})}.{BODY}.{SIGNATURE}", "alg none": f"{b64({'alg': 'none'})}.{BODY}.",
    "alg None": f"{b64({'alg': 'None'})}.{BODY}.", "alg empty": f"{b64({'alg': ''})}.{BODY}.{SIGNATURE}",
    "alg lower": f"{b64({'alg': 'hs256'})}.{BODY}.{SIGNATURE}",
    "crit": f"{b64({'alg': 'HS256', 'crit': ['x']})}.{BODY}.{SIGNATURE}",
    "b64 false": f"{b64({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}.{BODY}.{SIGNATURE}",
    "jwk in the header": f"{b64({'alg': 'HS256', 'jwk': {'kty': 'oct', 'k': 'AA'}})}.{BODY}.{SIGNATURE}",
    "jku in the header": f"{b64({'alg': 'HS256', 'jku': 'http://127.0.0.1:1/'})}.{BODY}.{SIGNATURE}",
    "kid a path": f"{b64({'alg': 'HS256', 'kid': '../../../dev/null'})}.{BODY}.{SIGNATURE}",
    "kid huge": f"{b64({'alg': 'HS256', 'kid': 'k' * 4000})}.{BODY}.{SIGNATURE}",
    "duplicate alg": f"{b64(TWICE)}.{BODY}.{SIGNATURE}",
    "deep header": f"{b64(b'[' * 3000)}.{BODY}.{SIGNATURE}",
    "padding": f"{HEAD}==.{BODY}==.{SIGNATURE}==", "standard alphabet": f"{HEAD}.{BODY}.{'+/' * 21}+",
    "inner blank": f"{HEAD}. {BODY}.{SIGNATURE}", "huge": "a" * 17000, "not ASCII": "ü.ü.ü",
    "another scheme": "Basic YTpi",
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_bad_token_is_401(server, name):
    token = TOKENS[name]
    value = token if name == "another scheme" else f"Bearer {token}"
    answer = server.raw(b"GET /agents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " +
                        value.encode() + b"\r\n\r\n")
    assert answer.split(b" ", 2)[1] in (b"400", b"401", b"431"), answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1
    assert server.get("/agents", headers=bearer()).status_code == 200


CLAIMS = {
    "exp a list": {"exp": []}, "exp a string": {"exp": "9999999999"}, "exp huge": {"exp": 2**60},
    "exp negative": {"exp": -1}, "exp a fraction past": {"exp": 1.5}, "nbf true": {"nbf": True},
    "iat a string": {"iat": "x"}, "sub a number": {"sub": 5}, "sub a list": {"sub": ["a"]},
    "sub reserved": {"sub": "sa:x"}, "sub scheduler": {"sub": "__scheduler__"},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_bad_claims_are_401(server, name):
    from jwt.api_jws import PyJWS
    claims = {"sub": "ann", "scopes": ["agents:read"], **CLAIMS[name]}
    token = PyJWS().encode(json.dumps(claims).encode(), SECRET, algorithm="HS256")
    assert server.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("payload", [b"null", b"[]", b'"x"', b"5", b"{", b'{"sub":"a","sub":"b"}', b'{"a":"\\ud800"}',
                                     b'{"sub":"\xff"}', b"[" * 100 + b"]" * 100, b""], ids=repr)
def test_a_signed_payload_that_is_no_claims_object_is_401(server, payload):
    from jwt.api_jws import PyJWS
    token = PyJWS().encode(payload, SECRET, algorithm="HS256")
    assert server.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code == 401


SETS = {
    "no set": "", "null": "null", "a number": "7", "keys null": '{"keys":null}', "keys an object": '{"keys":{}}',
    "keys of no objects": '{"keys":[null,7,"x",[],[{}]]}', "a key of nothing": '{"keys":[{}]}',
    "members of odd types": '{"keys":[{"kty":7,"kid":[],"use":{},"alg":null,"n":1,"e":false,"key_ops":"verify"}]}',
    "numbers of no length": '{"keys":[{"kty":"RSA","n":"","e":"","kid":"one"}]}',
    "a point of no length": '{"keys":[{"kty":"EC","crv":"P-256","x":"","y":"","kid":"one"}]}',
    "deep": '{"keys":' + "[" * 5000, "huge numbers": '{"keys":[{"kty":"RSA","n":"' + "A" * 200000 + '","e":"AQAB","kid":"one"}]}',
    "certificates of nothing": '{"one":"-----BEGIN CERTIFICATE-----"}', "a certificate that is a number": '{"one":5}',
}


@pytest.mark.parametrize("name", SETS)
def test_an_issuers_nonsense_ends_nothing(serve, name):
    issuer = KeyServer()
    try:
        issuer.says("/jwks", 200, SETS[name])
        server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "audience": "test-os", "jwks_url": issuer.url + "/jwks"}]}))
        assert server.get("/agents", headers=issuer.bearer()).status_code == 401
        assert server.get("/health").status_code == 200 and server.is_alive()
    finally:
        issuer.stop()
