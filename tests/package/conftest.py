"""Fixtures: `packages` is the folder that script/package made, once for the whole run; `chroot` is a bare Debian.

AGENTOS_PACKAGES names a folder that was made before; AGENTOS_SLOW=yes also runs what takes minutes."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chroot import Chroot, why_not_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    if "AGENTOS_PACKAGES" in os.environ:
        return Path(os.environ["AGENTOS_PACKAGES"])
    out = tmp_path_factory.mktemp("packages") / "dist"
    key = out.parent / "release.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    done = subprocess.run([ROOT / "script" / "package", "--out", out, "--sign", key], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", out.parent / "release.pub"], check=True)
    return out


@pytest.fixture(scope="session")
def deb(packages):
    [path] = packages.glob("agentos_*.deb")
    return path


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def chroot(request, tmp_path_factory):
    """Debian 12 and Debian 13, but none that is older than what the packages were made on."""
    why = why_not_for(request.param)
    if why:
        pytest.skip(why)
    return Chroot(request.param, tmp_path_factory.mktemp("chroot") / request.param)
