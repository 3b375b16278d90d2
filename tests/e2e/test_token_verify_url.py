"""`agentos token verify --jwks-url`: one fetch, by the rules that a server's own keys follow."""
import json
import time

import pytest

from agentos import cli
from key_server import Key, KeyServer


@pytest.fixture
def keys():
    server = KeyServer()
    yield server
    server.stop()


def verify(url, token, *arguments, **named):
    return cli("token", "verify", "--jwks-url", url, *arguments, token, **named)


def test_a_token_is_verified_by_a_fetched_set(keys):
    keys.keys.append(Key("two", "ES256"))
    for key in keys.keys:
        assert verify(keys.url + "/jwks", keys.sign(key), "--iss", keys.url, "--aud", "test-os").returncode == 0
    assert keys.requests == ["/jwks"] * 2  # one each, and no discovery
    said = json.loads(verify(keys.url + "/jwks", keys.sign(), "--json").stdout)
    assert said["verified"] is True and said["claims"]["sub"] == "ada"


def test_a_token_of_other_keys_is_refused(keys):
    good = keys.sign()
    for token, *arguments in ((keys.sign(Key("one")),), (keys.sign(Key("three")),), (good[:-8] + "AAAAAAAA",),
                              (good, "--alg", "ES256"), (good, "--iss", "https://else.example"), (good, "--now", "4102444800")):
        done = verify(keys.url + "/jwks", token, *arguments)
        assert done.returncode == 1 and done.stderr and "verified" not in done.stdout


def test_a_published_secret_verifies_nothing(keys):
    keys.says("/jwks", 200, json.dumps({"keys": [{"kty": "oct", "kid": "one", "alg": "HS256",
                                                  "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}]}))
    assert verify(keys.url + "/jwks", keys.sign(), "--alg", "HS256").returncode == 1


@pytest.mark.parametrize("status, body, headers, reason", [
    (404, "{}", {}, "answered 404"), (200, "<html>", {}, "JSON"), (200, "{}", {}, "key set"), (200, " " * (2 << 20), {}, "longer"),
    (302, "", {"location": "/elsewhere"}, "redirects are not followed"),
    (200, json.dumps({"keys": [{"kty": "RSA"}] * 300}), {}, "256")], ids=lambda value: str(value)[:20])
def test_a_set_that_cannot_be_had_is_nobodys_verdict(keys, status, body, headers, reason):
    """Exit 2: the token has not been judged."""
    keys.says("/jwks", status, body, **headers)
    keys.says("/elsewhere", 200, keys.jwks())
    done = verify(keys.url + "/jwks", keys.sign())
    assert (done.returncode, done.stdout) == (2, "") and reason in done.stderr and "\x1b" not in done.stderr
    assert keys.requests == ["/jwks"]


@pytest.mark.parametrize("names", [["\x1b[2J"], ["\x1b[2J", "\x1b[2J"], ["one", "\x1b]0;x\x07"]], ids=["alone", "twice", "beside"])
def test_the_kids_of_a_fetched_set_do_not_reach_the_terminal_unescaped(keys, names):
    keys.says("/jwks", 200, json.dumps({"keys": [Key(name).jwk() for name in names]}))
    done = verify(keys.url + "/jwks", keys.sign())
    assert done.returncode == 1 and done.stderr and "\x1b" not in done.stdout + done.stderr


def test_a_server_that_never_answers_is_not_waited_for(keys):
    keys.answers["/jwks"] = lambda handler: time.sleep(60)
    started = time.monotonic()
    done = verify(keys.url + "/jwks", keys.sign(), timeout=60)
    assert done.returncode == 2 and time.monotonic() - started < 30


@pytest.mark.parametrize("url", ["http://id.example.com/jwks", "file:///etc/passwd", "http://127.0.0.1@id.example.com/", "jwks.json",
                                 "https://u:p@id.example.com/jwks", ""])
def test_keys_come_by_https_or_from_this_machine(keys, url):
    done = verify(url, keys.sign())
    assert done.returncode == 2 and "--jwks-url: " in done.stderr


def test_one_source_of_keys(keys, tmp_path):
    (tmp_path / "set.json").write_text(keys.jwks())
    done = verify(keys.url + "/jwks", keys.sign(), "--jwks", tmp_path / "set.json")
    assert done.returncode == 2 and "--jwks-url" in done.stderr and not keys.requests
