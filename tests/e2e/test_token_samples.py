"""The samples of examples/tokens/ in each language: their tokens open what they say, and nothing else."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import agentos
import node
from agentos import PLANTED, SECRET, cli, config, environment

SAMPLES = agentos.ROOT / "examples/tokens"
LANGUAGES = ["py", "js", "go", "c"]
GO_CACHE = tempfile.TemporaryDirectory()  # its library is compiled once


def command(name, language, folder):
    source = SAMPLES / f"{name}.{language}"
    if language == "py":
        return [agentos.ROOT / ".venv/bin/python", source]
    if language == "js":
        return javascript(source, folder)
    if language == "c":
        return [Path(agentos.PROGRAM).resolve().parent / f"examples/token_{name}"]
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    return [go, "run", source] if go else pytest.skip("Go is not installed")


def javascript(source, folder):
    """As in a project that has installed jose."""
    node.demand("jose")
    copy = folder / f"{source.stem}.mjs"
    shutil.copy(source, copy)
    (folder / "node_modules").symlink_to(node.FOLDER / "node_modules")
    return [node.PROGRAM, copy]


def token_of(name, language, folder, **variables):
    go = {"GOCACHE": GO_CACHE.name, "GOTOOLCHAIN": "local", "GOPATH": str(folder / "gopath")}
    done = subprocess.run([str(part) for part in command(name, language, folder)], capture_output=True, text=True, timeout=180,
                          cwd=folder, env=environment({"PATH": os.environ["PATH"], "HOME": str(folder), **go, **variables}))
    assert done.returncode == 0, done.stderr
    PLANTED.add(done.stdout.strip())
    return done.stdout.strip()


@pytest.fixture
def keys(tmp_path):
    """Prints the kid, makes keys/private.pem and keys/public.pem."""
    done = cli("keys", "generate", "--out", str(tmp_path / "keys"))
    assert done.returncode == 0
    return done.stdout.strip()


def opens(server, token):
    """A listing, a run, the configuration; and the listing with a damaged signature."""
    def ask(send, path, text, **form):
        return send(path, headers={"Authorization": f"Bearer {text}"}, **form).status_code

    form = {"data": {"message": "Hi", "stream": "false"}}
    damaged = token[:-10] + ("AAAAAAAAAA" if token[-10:] != "AAAAAAAAAA" else "BBBBBBBBBB")
    return [ask(server.get, "/agents", token), ask(server.post, "/agents/echo/runs", token, **form),
            ask(server.get, "/config", token), ask(server.get, "/agents", damaged)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shared_secret(serve, tmp_path, language):
    token = token_of("symmetric", language, tmp_path, JWT_SECRET=SECRET)
    assert opens(serve(config()), token) == [200, 200, 403, 401]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_pair_and_a_key_set(serve, tmp_path, keys, language):
    public = tmp_path / "keys/public.pem"
    (tmp_path / "jwks.json").write_text(cli("jwks", str(public)).stdout)
    token = token_of("asymmetric", language, tmp_path, KID=keys)
    for source in ({"verification_keys": [{"file": str(public)}]}, {"jwks_file": str(tmp_path / "jwks.json")}):
        assert opens(serve(config(authorization={"enabled": True, **source})), token) == [200, 200, 403, 401]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_workos(serve, tmp_path, keys, language):
    issuer = {"preset": "workos", "issuer": "https://api.workos.com", "audience": "client_01EXAMPLE",
              "verification_keys": [{"file": str(tmp_path / "keys/public.pem")}], "roles": {"member": ["agents:read"]}}
    token = token_of("workos", language, tmp_path)
    assert opens(serve(config(authorization={"issuers": [issuer]})), token) == [200, 200, 403, 401]
    issuer["roles"] = {}  # its role opens the listing, its permission the run
    assert opens(serve(config(authorization={"issuers": [issuer]})), token) == [403, 200, 403, 401]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_that_is_not_there_fails(tmp_path, language):
    with pytest.raises(AssertionError):
        token_of("asymmetric", language, tmp_path, PRIVATE_KEY=str(tmp_path / "none.pem"))


def test_every_sample_is_tried():
    assert sorted(path.name for path in SAMPLES.iterdir()) == sorted(
        f"{name}.{language}" for name in ("symmetric", "asymmetric", "workos") for language in LANGUAGES)
