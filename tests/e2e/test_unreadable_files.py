"""A file that the user of the server may not read: what to do is said by the cause."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import agentos

NOBODY = 65534
DENIED = "(Permission denied); let the user that runs the server read it (chown or chmod)"
ABSENT = "(No such file or directory); create it or correct the path"

FILES = {
    # option: (the configuration, the file)
    "verification_keys": ("authorization: {enabled: true, verification_keys: [{file: public.pem}]}\n", "public.pem"),
    "jwks_file": ("authorization: {enabled: true, jwks_file: jwks.json}\n", "jwks.json"),
    "ca_file": ("models: {m: {provider: openai-chat, base_url: 'https://x.example/v1', ca_file: ca.pem}}\n", "ca.pem"),
    "security_key": ("security_key: {file: key.txt}\n", "key.txt"),
}


@pytest.fixture
def folder():
    """With the program in it, and open to every user, unlike the folders of pytest."""
    path = Path(tempfile.mkdtemp(prefix="agentos-test-"))
    path.chmod(0o755)
    shutil.copy(agentos.PROGRAM, path / "program")
    yield path
    shutil.rmtree(path)


def check(folder):
    return subprocess.run([folder / "program", "config", "check"], cwd=folder, user=NOBODY, group=NOBODY, extra_groups=[],
                          env=agentos.environment(), capture_output=True, text=True, timeout=20)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("option", FILES)
def test_the_advice_follows_the_cause(folder, option):
    text, name = FILES[option]
    (folder / "agentos.yaml").write_text(text)
    absent = check(folder)
    assert absent.returncode == 2 and f"cannot read '{name}' {ABSENT}" in absent.stdout + absent.stderr
    (folder / name).write_text("x" * 40)
    (folder / name).chmod(0o600)
    denied = check(folder)
    assert denied.returncode == 2 and f"cannot read '{name}' {DENIED}" in denied.stdout + denied.stderr
