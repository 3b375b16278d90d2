"""A FIFO or a device where a file is named: it is refused with a sentence, and neither the start, a reload nor SIGTERM
waits for it."""
import json
import os
import signal
import time

import pytest

import agentos
from agentos import authorization, bearer, config

SECRET = "a-secret-in-a-file-0123456789-0123456789"


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def key_file_of(folder):
    return config(authorization={"enabled": True, "algorithm": "HS256", "verification_keys": [{"file": str(folder / "key")}]})


@pytest.mark.parametrize("kind", ["fifo", "device", "link to a fifo"])
def test_a_reload_does_not_wait_for_a_key_file(serve, tmp_path, kind):
    key = tmp_path / "key"
    key.write_text(SECRET)
    server = serve(key_file_of(tmp_path))
    headers = bearer(secret=SECRET)
    assert server.get("/agents", headers=headers).status_code == 200
    key.unlink()
    if kind == "fifo":
        os.mkfifo(key)
    elif kind == "device":
        key.symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        key.symlink_to(tmp_path / "pipe")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "reload refused" in server.log)
    assert "not a regular file" in server.log
    assert server.get("/agents", headers=headers).status_code == 200
    key.unlink()
    key.write_text(SECRET)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "info reloaded" in server.log)
    started = time.monotonic()
    server.terminate()
    assert server.wait(10) == 0 and time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["agentos.yaml", "key", "jwks.json"])
def test_a_start_does_not_wait(tmp_path, name):
    options = key_file_of(tmp_path)
    if name == "jwks.json":
        options["authorization"] = {"enabled": True, "jwks_file": str(tmp_path / name)}
    file = tmp_path / "agentos.yaml"
    os.mkfifo(tmp_path / name)
    if name != "agentos.yaml":
        file.write_text(json.dumps(options))
    for command in (("serve", "--port", "0"), ("config", "check")):
        arguments = (*command, "--config", file) if command[0] == "serve" else (*command, file)
        done = agentos.cli(*arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "not a regular file" in done.stdout + done.stderr, done


def test_options_needs_a_token_as_other_methods_do(serve):
    server = serve()
    for path in ("/agents", "/agents/echo/runs", "/nothing", "/agents/none", "/config"):
        answer = server.http.options(path)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Authorization header missing"}), path
    assert server.http.options("/agents", headers=bearer()).status_code == 405
    assert server.http.options("/nothing", headers=bearer()).status_code == 404
    assert server.http.options("/health").status_code == 405
    assert server.http.options("/agents", headers={"origin": "https://x.example"}).status_code == 401


def test_two_token_cookies_are_refused(serve):
    server = serve(config(cors_origins=["https://app.example"], authorization=authorization(token_source="both")))
    good = agentos.mint()
    for cookies in ([f"access_token={good}; access_token={good}"], [f"access_token={good}", "access_token=x"],
                    [f"a=b; access_token=; access_token={good}"]):
        answer = server.http.get("/agents", headers=[("cookie", cookie) for cookie in cookies])
        assert (answer.status_code, answer.json()) == (400, {"detail": "More than one access_token cookie"}), cookies
        answer = server.http.get("/agents", headers=[("cookie", cookies[0] + "; access_token=y"), *bearer().items()])
        assert answer.status_code == 400
    assert server.http.get("/agents", headers={"cookie": f"access_token={good}; xaccess_token=1"}).status_code == 200


@pytest.mark.parametrize("url", ["http://[::1", "http://[::1/jwks", "https://example.com:port/jwks", "https://:443/jwks"])
def test_config_check_refuses_a_url_without_a_host(tmp_path, url):
    file = tmp_path / "agentos.yaml"
    file.write_text(json.dumps(config(authorization={"enabled": True, "jwks_url": url})))
    done = agentos.cli("config", "check", file)
    assert done.returncode == 2
    assert "authorization.jwks_url: must name a host, such as example.com, 10.0.0.1:8080 or [::1]:8080\n" in done.stdout
