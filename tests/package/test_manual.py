"""The man page and the completions say what the program's own tables say."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(os.environ.get("AGENTOS_BIN", ROOT / "build" / "agentos")).resolve())


def manual(kind):
    return subprocess.check_output([ROOT / "tools" / "manual", kind, PROGRAM], text=True)


def options_in_the_source():
    """Every long option that a command accepts."""
    row = re.compile(r'\{ *"([a-z][a-z-]*)", *(?:required|no|optional)_argument')
    return {name for path in (ROOT / "src" / "cli").glob("*.c") for name in row.findall(path.read_text())}


@pytest.mark.parametrize("kind, form", [("man", r"\fB\-\-{}\fR"), ("bash", "--{}"), ("zsh", "--{}["), ("fish", "-l {} ")])
def test_every_option_of_the_source_is_named(kind, form):
    text = manual(kind)
    names = options_in_the_source()
    assert len(names) > 20
    missing = [name for name in names - {"help"}
               if form.format(name.replace("-", "\\-") if kind == "man" else name) not in text]
    assert missing == []


def test_every_key_of_the_configuration_has_its_entry():
    rows = (line.split(" | ") for line in (ROOT / "docs" / "configuration.md").read_text().splitlines())
    listed = {row[0].strip("| `") for row in rows if len(row) == 5 and re.fullmatch(r"\| `[a-z_]+`", row[0])}
    refused = {"teams", "workflows", "tools", "public_url"}  # nothing but their absence is accepted
    page = manual("man5")
    assert len(listed) > 60
    assert [key for key in listed - refused if not re.search(rf"^\\fB(\S*\.)?{key}\\fR$", page, re.M)] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
@pytest.mark.parametrize("kind", ["man", "man5"])
def test_groff_formats_the_man_page_without_a_warning(kind):
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=manual(kind), text=True, capture_output=True)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_its_completions(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "completions"
    path.write_text(manual(shell))
    subprocess.run([shell, "-n", path], check=True)


def bash_completes(line, folder):
    """What bash would offer at the end of a line."""
    script = folder / "completions"
    script.write_text(manual("bash"))
    words = line.split(" ")
    code = f'. "{script}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agentos; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return subprocess.check_output(["bash", "-c", code, "bash", *words], text=True, cwd=folder).split()


@pytest.mark.parametrize("line, offered", [
    ("agentos ser", ["serve"]),
    ("agentos token m", ["mint"]),
    ("agentos token mint --k", ["--key", "--kid"]),
    ("agentos serve --config comp", ["completions"]),
    ("agentos serve --port ", []),
    ("agentos nonsense --k", []),
    ("agentos db b", ["backup"]),
])
def test_bash_completes(line, offered, tmp_path):
    assert bash_completes(line, tmp_path) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize("line, offered", [
    ("agentos ser", ["serve"]),
    ("agentos token m", ["mint"]),
    ("agentos token mint --ki", ["--kid"]),
    ("agentos nonsense m", []),
])
def test_fish_completes(line, offered, tmp_path):
    path = tmp_path / "agentos.fish"
    path.write_text(manual("fish"))
    output = subprocess.check_output(["fish", "-N", "-c", f"source {path}; complete -C '{line}'"], text=True, cwd=tmp_path,
                                     env={**os.environ, "HOME": str(tmp_path)})
    assert [row.split("\t")[0] for row in output.splitlines() if "agentos.fish" not in row] == offered
