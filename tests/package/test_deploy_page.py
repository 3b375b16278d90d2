"""docs/deploy.md names commands, options and files that there are."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from chroot import release_here

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(os.environ.get("AGENTOS_BIN", ROOT / "build" / "agentos")).resolve())
PAGE = (ROOT / "docs" / "deploy.md").read_text()


def commands():
    """Every use of the program on the page, from its name to the end of the command."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE, re.S))
    inline = re.findall(r"`(agentos [a-z][^`]*)`", PAGE)
    lines = re.findall(r"(?:^|[ (/])agentos ((?:init|serve|config|keys|token|health|reload|audit|db|jwks|auth)\b[^\n#&)|]*)", blocks)
    return sorted({"agentos " + line.strip() for line in lines} | set(inline))


def test_the_page_has_commands():
    assert len(commands()) >= 8


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page_exists_with_its_options(command):
    words = command.split()[1:]
    for count in (2, 1):
        done = subprocess.run([PROGRAM, *words[:count], "--help"], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.startswith("usage: agentos " + words[0]):
            break
    assert done.returncode == 0, done.stderr
    for option in re.findall(r"--[a-z-]+", command):
        assert re.search(rf"(^|[^a-z-]){option}([^a-z-]|$)", done.stdout), f"{option} is not in:\n{done.stdout}"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"(?:script|docs)/[a-z./-]+[a-z]", PAGE))))
def test_a_file_of_the_tree_that_the_page_names_exists(name):
    assert (ROOT / name).exists()


def test_the_page_says_what_the_packages_are_called(packages):
    for path in packages.iterdir():
        if not path.name.startswith("SHA256SUMS") and path.suffix != ".json":
            name = path.name.replace("manylinux_2_38", "manylinux_2_34") if release_here() >= 13 else path.name
            assert name in PAGE or name.replace("amd64", "ARCH") in PAGE, name
