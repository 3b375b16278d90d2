"""Issuers over HTTP: selection by iss, keys that are fetched and rotate, key servers that misbehave."""
import concurrent.futures
import json
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
