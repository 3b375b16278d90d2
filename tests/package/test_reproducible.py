"""The same source gives the same bytes, in whatever folder and by whatever user."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EPOCH = "1780000000"


def make(source, out, **environment):
    done = subprocess.run([source / "script" / "package", "--out", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, **environment.pop("env", {})},
                          **environment)
    assert done.returncode == 0, done.stdout
    return {path.name: path.read_bytes() for path in out.iterdir()}


def copy_source(to):
    """The files that the repository holds, without its history."""
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, to / name, follow_symlinks=False)


@pytest.mark.skipif(os.environ.get("AGENTOS_SLOW") != "yes", reason="the packages are made twice by script/test --all")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_another_user_in_another_folder_makes_the_same_bytes(tmp_path):
    with tempfile.TemporaryDirectory(prefix="agentos-elsewhere-") as folder:
        elsewhere = Path(folder) / "a-much-longer-path" / "source"
        copy_source(elsewhere)
        subprocess.run(["chown", "-R", "nobody:nogroup", folder], check=True)
        here = make(ROOT, tmp_path / "dist")
        there = make(elsewhere, Path(folder) / "dist", user="nobody", group="nogroup", umask=0o077,
                     env={"HOME": folder, "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "CCACHE_DISABLE": "1"})
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
