"""`agentos keys rotate` and `agentos keys list`: a live server through whole rotations, and steps that are repeated, interrupted or
out of order."""
import json
import shutil
import stat
import threading
import time

import pytest

from agentos import PLANTED, cli, config

AUTHORIZATION = {"enabled": True, "algorithm": "ES256", "jwks_file": "keys/jwks.json"}


def ok(folder, *arguments):
    done = cli("keys", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def keys(folder):
    """{state: [kid]} of `agentos keys list`."""
    states = {}
    for line in ok(folder, "list").splitlines():
        state, _, kid = line.split()
        states.setdefault(state, []).append(kid)
    return states


def published(folder):
    return [key["kid"] for key in json.loads((folder / "keys/jwks.json").read_text())["keys"]]


def publish(folder, *files):
    done = cli("jwks", *files, cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "keys/jwks.new").write_text(done.stdout)
    (folder / "keys/jwks.new").rename(folder / "keys/jwks.json")


def mint(folder, key="keys/private.pem"):
    done = cli("token", "mint", "--key", key, "--sub", "ann", "--scope", "agents:read", cwd=folder)
    assert done.returncode == 0, done.stderr
    PLANTED.add(done.stdout.strip())
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    tmp_path = tmp_path / "os"
    ok(".", "generate", "--alg", "ES256", "--out", tmp_path / "keys")
    publish(tmp_path, "keys/public.pem")
    return tmp_path


@pytest.fixture
def project(tmp_path):
    """What `agentos init` makes: nothing is to be done before the first rotation."""
    done = cli("init", tmp_path / "project")
    assert done.returncode == 0, done.stderr
    (tmp_path / "project/keys/.gitignore").unlink()
    return tmp_path / "project"


def files(folder):
    return sorted(path.name for path in (folder / "keys").iterdir())


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Client(threading.Thread):
    """Calls with a token of the current key all the time."""

    def __init__(self, server, folder):
        super().__init__(daemon=True)
        self.server, self.folder, self.statuses, self.is_over = server, folder, [], False
        self.start()

    def run(self):
        while not self.is_over:
            token = mint(self.folder)
            for _ in range(5):
                self.statuses.append(self.server.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code)

    def stop(self):
        self.is_over = True
        self.join()
        assert len(self.statuses) > 50 and set(self.statuses) == {200}, self.statuses


@pytest.mark.parametrize(("made_by", "algorithm"), [("folder", "ES256"), ("project", "RS256")])
def test_two_whole_rotations_without_a_refusal(serve, made_by, algorithm, request):
    folder = request.getfixturevalue(made_by)
    server = serve(config(authorization={**AUTHORIZATION, "algorithm": algorithm}), folder=folder)

    def status(token):
        return server.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code

    client, withdrawn = Client(server, folder), []
    for number in range(2):
        old = mint(folder)
        [before] = keys(folder)["current"]
        seen = server.log.count("info reloaded")
        after = ok(folder, "rotate").strip()
        until(lambda: server.log.count("info reloaded") > seen)
        assert status(mint(folder, "keys/next-private.pem")) == 200, "published before it signs"
        ok(folder, "rotate", "--switch")
        assert status(old) == 200 and status(mint(folder)) == 200
        assert keys(folder) == {"old": [before], "current": [after]}
        ok(folder, "rotate", "--retire", before)
        until(lambda: status(old) == 401)
        withdrawn.append(old)
        assert keys(folder) == {"current": [after]} and set(map(status, withdrawn)) == {401}
    client.stop()
    assert server.starts == 1 and files(folder) == ["jwks.json", "private.pem", "public.pem", "retired.txt"]


# ---- a retired key never comes back ----

def rotated(folder):
    """The id of a key that was retired, and its public key."""
    [old] = keys(folder)["current"]
    shutil.copy(folder / "keys/public.pem", folder / "copy.pem")
    shutil.copy(folder / "keys/jwks.json", folder / "copy.json")
    ok(folder, "rotate")
    ok(folder, "rotate", "--switch")
    ok(folder, "rotate", "--retire", old)
    return old


@pytest.mark.parametrize("name", ["copy.pem", "copy.json"])
@pytest.mark.parametrize("options", [(), ("--kid", "renamed")], ids=["as it was", "renamed"])
def test_jwks_does_not_publish_a_retired_key(folder, name, options):
    old = rotated(folder)
    shutil.copy(folder / name, folder / "keys" / name)
    done = cli("jwks", *options, f"keys/{name}", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"agentos: keys/{name}: key {old} is listed in retired.txt, so it is never published again\n"
    assert cli("jwks", "keys/public.pem", cwd=folder).returncode == 0


@pytest.mark.parametrize("kid", [None, "renamed"])
def test_a_retired_key_that_comes_back_is_taken_out_again(folder, kid):
    old = rotated(folder)
    path = folder / "keys/jwks.json"
    both = json.loads(path.read_text())["keys"] + json.loads((folder / "copy.json").read_text())["keys"]
    both[1]["kid"] = kid or old
    path.write_text(json.dumps({"keys": both}))
    done = cli("keys", "list", cwd=folder)
    assert done.stderr == f"agentos: {old} was retired and is taken out of keys/jwks.json again\n"
    assert published(folder) == keys(folder)["current"]


def test_a_retired_key_is_not_the_next_one(folder):
    shutil.copy(folder / "keys/private.pem", folder / "leaked.pem")
    rotated(folder)
    shutil.copy(folder / "leaked.pem", folder / "keys/next-private.pem")
    for arguments in ((), ("--switch",)):
        done = cli("keys", "rotate", *arguments, cwd=folder)
        assert done.returncode == 1 and done.stderr
    assert "keys/next-private.pem is a retired key; remove it" in cli("keys", "rotate", cwd=folder).stderr


# ---- repeated, interrupted, out of order ----

def test_each_step_can_be_repeated(folder):
    [old] = keys(folder)["current"]
    first = ok(folder, "rotate")
    assert ok(folder, "rotate") == first and len(published(folder)) == 2
    ok(folder, "rotate", "--switch")
    done = cli("keys", "rotate", "--switch", cwd=folder)
    assert done.returncode == 1
    assert done.stderr == "agentos: there is no next key; `agentos keys rotate` makes and publishes one\n"
    for _ in range(2):
        ok(folder, "rotate", "--retire", old)
    assert published(folder) == [first.strip()]
    assert len((folder / "keys/retired.txt").read_text().splitlines()) == 2


def test_the_first_step_goes_on_where_it_was_interrupted(folder):
    kid = ok(folder, "rotate").strip()
    publish(folder, "keys/public.pem")
    (folder / "keys/next-public.pem").unlink()
    done = cli("keys", "rotate", "--switch", cwd=folder)
    assert done.returncode == 1
    assert done.stderr == "agentos: the next key is not published; `agentos keys rotate` publishes it\n"
    assert ok(folder, "rotate").strip() == kid and kid in published(folder) and "next-public.pem" in files(folder)


@pytest.mark.parametrize("links", [0, 1, 2])
def test_the_switch_goes_on_where_it_was_interrupted(folder, links):
    [old], kid = keys(folder)["current"], ok(folder, "rotate").strip()
    place = folder / "keys"
    for half in ("private", "public")[:links]:
        (place / f"old-{old}-{half}.pem").hardlink_to(place / f"{half}.pem")
    ok(folder, "rotate", "--switch")
    assert keys(folder) == {"old": [old], "current": [kid]}


def test_the_switch_goes_on_between_its_two_files(folder):
    kid = ok(folder, "rotate").strip()
    next_public = (folder / "keys/next-public.pem").read_text()
    (folder / "keys/next-private.pem").rename(folder / "keys/private.pem")
    ok(folder, "rotate", "--switch")
    assert keys(folder)["current"] == [kid] and (folder / "keys/public.pem").read_text() == next_public
    assert "next-public.pem" not in files(folder)


def test_what_would_lock_callers_out_is_refused(folder):
    [current] = keys(folder)["current"]
    before = (folder / "keys/jwks.json").read_text()
    done = cli("keys", "rotate", "--retire", current, cwd=folder)
    assert (done.returncode, done.stderr) == (1, f"agentos: {current} is the key that signs now; first `agentos keys rotate`, and "
                                                 "`agentos keys rotate --switch`\n")
    done = cli("keys", "rotate", "--retire", "nobody", cwd=folder)
    assert (done.returncode, done.stderr) == (1, "agentos: keys/jwks.json has no key 'nobody'; `agentos keys list` shows its keys\n")
    assert (folder / "keys/jwks.json").read_text() == before and files(folder) == ["jwks.json", "private.pem", "public.pem"]


def test_the_next_key_can_be_retired_too(folder):
    kid = ok(folder, "rotate").strip()
    ok(folder, "rotate", "--retire", kid)
    assert published(folder) == keys(folder)["current"] and "next-private.pem" not in files(folder)
    assert ok(folder, "rotate").strip() != kid


# ---- files ----

def test_others_read_all_but_the_private_keys(folder):
    ok(folder, "rotate")
    ok(folder, "rotate", "--switch")
    [old] = keys(folder)["old"]
    ok(folder, "rotate")
    ok(folder, "rotate", "--retire", old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "keys").iterdir()}
    assert len(modes) == 6
    assert modes == {name: 0o600 if "private" in name else 0o644 for name in modes}


def test_keys_of_others_stay_as_they_are(folder):
    path = folder / "keys/jwks.json"
    theirs = [{"kty": "OKP", "crv": "Ed25519", "kid": "theirs", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "x-note": {"a": [1]}},
              {"kty": "RSA", "use": "enc", "kid": "encryption", "n": "AQAB", "e": "AQAB"}, {"kty": "new", "kid": "future"}]
    path.write_text(json.dumps({"keys": json.loads(path.read_text())["keys"] + theirs}))
    assert keys(folder)["other"] == ["theirs", "encryption", "future"]
    rotated(folder)
    assert json.loads(path.read_text())["keys"][:3] == theirs
    ok(folder, "rotate", "--retire", "theirs")
    assert [key["kid"] for key in json.loads(path.read_text())["keys"]][:2] == ["encryption", "future"]


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES384", "RS256", "RS512"])
def test_the_next_key_has_the_algorithm_of_the_current_one(tmp_path, algorithm):
    ok(".", "generate", "--alg", algorithm, "--out", tmp_path / "keys")
    done = cli("jwks", "--alg", algorithm, "keys/public.pem", cwd=tmp_path)
    (tmp_path / "keys/jwks.json").write_text(done.stdout)
    ok(tmp_path, "rotate")
    assert [key["alg"] for key in json.loads((tmp_path / "keys/jwks.json").read_text())["keys"]] == [algorithm] * 2


def test_a_folder_without_a_key_set_is_told_how_to_make_one(folder):
    (folder / "keys/jwks.json").unlink()
    done = cli("keys", "rotate", cwd=folder)
    assert done.returncode == 1 and done.stderr == (
        "agentos: there is no key set keys/jwks.json; make it with `agentos jwks keys/public.pem > keys/jwks.json`, and have the "
        "server read it: `authorization: {jwks_file: ...}` in place of `verification_keys`\n")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": {}}', '{"keys": []}', "-----BEGIN PUBLIC KEY-----", '{"keys": [{"kty":"RSA","d":"AQAB"}]}'])
def test_a_damaged_key_set_changes_nothing(folder, text):
    (folder / "keys/jwks.json").write_text(text)
    for arguments in ((), ("--switch",), ("--retire", "x")):
        done = cli("keys", "rotate", *arguments, cwd=folder)
        assert done.returncode in (1, 2) and done.stderr and not done.stdout
    assert files(folder) == ["jwks.json", "private.pem", "public.pem"] and (folder / "keys/jwks.json").read_text() == text


@pytest.mark.parametrize("arguments", [("x",), ("--switch", "--retire", "x"), ("--alg", "RS256"), ("--switch", "now"),
                                       ("--retire",), ("--nope",)], ids=" ".join)
def test_wrong_usage_exits_2(folder, arguments):
    assert cli("keys", "rotate", *arguments, cwd=folder).returncode == 2
    assert files(folder) == ["jwks.json", "private.pem", "public.pem"]
