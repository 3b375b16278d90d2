"""What somebody types wrong, and what help says."""
import re
import shlex

import pytest

from agentos import cli

GROUPS = [(), ("keys",), ("token",), ("auth",), ("audit",), ("config",), ("db",)]


def commands_of(group):
    said = cli(*group, "--help").stdout
    return re.findall(r"^  ([a-z]+) {2,}\S", said, re.M)


def leaves():
    for name in commands_of(()):
        yield from [(name, child) for child in commands_of((name,))] if (name,) in GROUPS else [(name,)]


LEAVES = list(leaves())


# ---- help ----

def examples_of(words):
    said = cli(*words, "--help").stdout
    assert said.count("\nExamples:\n") == 1, said
    return said, said.split("\nExamples:\n")[1].splitlines()


@pytest.mark.parametrize("words", GROUPS + LEAVES, ids=lambda words: " ".join(words) or "agentos")
def test_every_help_ends_with_examples_that_are_possible(words):
    said, examples = examples_of(words)
    assert 2 <= len(examples) <= 3 and said.startswith("usage: " + " ".join(("agentos", *words)))
    for example in examples:
        assert example.startswith("  ") and " ".join(("agentos", *words)) in example and len(example) <= 100
        typed = shlex.split(re.sub(r"^.*(?=agentos )|[>|<&].*$", "", example.strip()))
        help_of_it = cli(*[word for word in typed[1:3] if re.fullmatch("[a-z]+", word)][:2], "--help").stdout
        for option in [word.split("=")[0] for word in typed if word.startswith("--")]:
            assert option in help_of_it, f"{example}: {option}"


@pytest.mark.parametrize("words", LEAVES + GROUPS[1:], ids=" ".join)
def test_help_command_is_the_help_of_that_command(words):
    assert cli("help", *words).stdout == cli(*words, "--help").stdout
    if len(words) == 2:
        assert cli(words[0], "help", words[1]).stdout == cli(*words, "--help").stdout


def test_each_command_of_a_group_has_a_help_of_its_own():
    said = [cli(*words, "--help").stdout for words in LEAVES]
    assert len(set(said)) == len(said)
    assert cli("db", "backup", "--help").stdout.startswith("usage: agentos db backup ")
    assert "--no-copy" not in cli("db", "backup", "--help").stdout


@pytest.mark.parametrize("word", ["--version", "version", "-V"])
def test_the_version_is_asked_for_in_three_ways(word):
    assert re.fullmatch(r"agentos \d+\.\d+\.\d+\S*\n", cli(word).stdout)


# ---- commands, options and arguments that do not exist ----

@pytest.mark.parametrize("arguments, said", [
    (("sevre",), "agentos: no command 'sevre'; did you mean 'serve'?\n"),
    (("config", "chekc"), "agentos config: no command 'chekc'; did you mean 'check'?\n"),
    (("toekn", "mint"), "agentos: no command 'toekn'; did you mean 'token'?\n"),
    (("db", "bakup"), "agentos db: no command 'bakup'; did you mean 'backup'?\n"),
    (("help", "Serve"), "agentos: no command 'Serve'; did you mean 'serve'?\n"),
    (("keys", "helpp"), "agentos keys: no command 'helpp'; see `agentos keys --help`\n"),
    (("frobnicate",), "agentos: no command 'frobnicate'; see `agentos --help`\n"),
    (("-x",), "agentos: no command '-x'; see `agentos --help`\n"),
    (("x" * 5000,), f"agentos: no command '{'x' * 128}'; see `agentos --help`\n"),
])
def test_the_nearest_command_is_named(arguments, said):
    done = cli(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.parametrize("arguments, said", [
    (("serve", "--prot", "1"), "agentos serve: no option '--prot'; did you mean '--port'?"),
    (("token", "mint", "--scopes", "a:b"), "agentos token mint: no option '--scopes'; did you mean '--scope'?"),
    (("serve", "--confg=x.yaml"), "agentos serve: no option '--confg'; did you mean '--config'?"),
    (("keys", "rotate", "--retired", "x"), "agentos keys rotate: no option '--retired'; did you mean '--retire'?"),
    (("run", "a", "b", "--sesion", "x"), "agentos run: no option '--sesion'; did you mean '--session'?"),
    (("serve", "--frobnicate"), "agentos serve: no option '--frobnicate'"),
    (("serve", "--" + "x" * 5000), f"agentos serve: no option '--{'x' * 125}'"),
    (("serve", "-x"), "agentos serve: no option '-x'"),
    (("serve", "--port"), "agentos serve: --port needs a value"),
    (("serve", "-p"), "agentos serve: -p needs a value"),
    (("serve", "--open=yes"), "agentos serve: '--open=yes': the option takes no value"),
    (("token", "mint", "--k", "x"), "agentos token mint: option '--k' is ambiguous"),
    (("reload", "-k", "x"), "agentos reload: no option '-k'"),
])
def test_the_nearest_option_is_named(arguments, said):
    done = cli(*arguments)
    command = said.split(": ")[0]
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{said}\nsee `{command} --help`\n")


@pytest.mark.parametrize("arguments, said", [
    (("serve", "foo.yaml"), "unexpected argument 'foo.yaml'; did you mean `--config foo.yaml`?"),
    (("routes", "my/os.yml"), "unexpected argument 'my/os.yml'; did you mean `--config my/os.yml`?"),
    (("db", "migrate", "agentos.yaml"), "unexpected argument 'agentos.yaml'; did you mean `--config agentos.yaml`?"),
    (("serve", "now"), "unexpected argument 'now'"),
    (("serve", "there-is-none.json"), "unexpected argument 'there-is-none.json'"),
    (("token", "list", "agentos.yaml"), "unexpected argument 'agentos.yaml'"),
    (("health", "x"), "unexpected argument 'x'"),
])
def test_an_argument_too_many_is_named(arguments, said):
    done = cli(*arguments)
    assert done.returncode == 2 and done.stderr.splitlines()[0] == f"agentos: {said}"
    assert re.fullmatch(r"see `agentos [a-z ]+ --help`", done.stderr.splitlines()[1])


def test_short_forms(tmp_path):
    assert cli("init", tmp_path / "os").returncode == 0
    done = cli("token", "mint", "-k", "os/keys/private.pem", "--sub", "ann", "-s", "agents:read", "-sagents:run", cwd=tmp_path)
    claims = cli("token", "decode", "-", stdin=done.stdout).stdout
    assert done.returncode == 0 and '"scopes":["agents:read","agents:run"]' in claims
    assert cli("config", "check", "-c", "os/agentos.yaml", cwd=tmp_path).returncode == 0
    assert cli("serve", "-c", "os/agentos.yaml", "-p", "65536", cwd=tmp_path).stderr.startswith("agentos: --port must be a number")
    for words in LEAVES:
        assert cli(*words, "-h").stdout == cli(*words, "--help").stdout
