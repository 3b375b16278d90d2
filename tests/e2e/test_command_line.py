"""What somebody types wrong, and what help says."""
import json
import re
import shlex
import signal
import subprocess

import pytest

import agentos
from agentos import authorization, cli, config

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


@pytest.mark.parametrize("word", ["--version", "version", "-V", "-v"])
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


# ---- values ----

@pytest.mark.parametrize("arguments, said", [
    (("keys", "generate", "--alg", "rs256"), "no algorithm 'rs256'; did you mean 'RS256'?"),
    (("token", "mint", "--key", "k", "--sub", "a", "--alg", "ES265"), "no algorithm 'ES265'; did you mean 'ES256'?"),
    (("token", "verify", "--jwks", "k", "--alg", "RSA256", "x"), "no algorithm 'RSA256'; did you mean 'RS256'?"),
    (("token", "verify", "--key", "k", "--alg", "hs256", "x"), "no algorithm 'hs256'; did you mean 'HS256'?"),
    (("jwks", "--alg", "eddsa", "k"), "no algorithm 'eddsa'; did you mean 'EdDSA'?"),
    (("jwks", "--alg", "HS256", "k"), "--alg must be a public-key algorithm"),
])
def test_the_nearest_algorithm_is_named(tmp_path, arguments, said):
    done = cli(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.splitlines()[0] == f"agentos: {said}" and list(tmp_path.iterdir()) == []


def test_an_algorithm_that_is_like_no_other_is_answered_by_all(tmp_path):
    said = cli("keys", "generate", "--alg", "none", cwd=tmp_path).stderr
    assert said.startswith("agentos: no algorithm 'none'; there are ") and "RS256" in said and "EdDSA" in said
    assert cli("routes", "--surface", "agentso").stderr.startswith("agentos routes: no surface 'agentso'; did you mean 'agentos'?\n")


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    assert cli("keys", "generate", "--alg", "ES256", "--out", folder).returncode == 0
    return folder


def mint(key, *arguments):
    return cli("token", "mint", "--key", key / "private.pem", "--sub", "ann", *arguments)


@pytest.mark.parametrize("number", ["1", "60", "3600"])
def test_a_lifetime_has_a_unit(key, number):
    done = mint(key, "--ttl", number)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"agentos: --ttl {number} has no unit: {number}s, {number}m, {number}h or {number}d\nsee `agentos token mint --help`\n"


@pytest.mark.parametrize("value", ["", "h", "0s", "-1h", "1w", "soon", "101y", "99999999d", "0"])
def test_a_lifetime_that_is_none_is_refused(key, value):
    done = mint(key, f"--ttl={value}")
    assert (done.returncode, done.stdout) == (2, "") and "a number and s, m, h or d" in done.stderr


@pytest.mark.parametrize("scope, said", [
    ("a:b,c:d", "'a:b,c:d' is one scope; give --scope for each"),
    ("agents:read agents:run", "'agents:read agents:run' is one scope; give --scope for each"),
    ("agent:read", "no route asks for the scope 'agent:read'; did you mean 'agents:read'?"),
    ("agents:my-agent:rum", "no route asks for the scope 'agents:my-agent:rum'; did you mean 'agents:run'?"),
    ("session:delete", "no route asks for the scope 'session:delete'; did you mean 'sessions:delete'?"),
    ("agent_os:admn", "no route asks for the scope 'agent_os:admn'; did you mean 'agent_os:admin'?"),
])
def test_a_scope_that_is_misspelled_is_a_warning(key, scope, said):
    done = mint(key, "--scope", scope)
    assert done.returncode == 0 and done.stdout.count(".") == 2 and done.stderr == f"agentos: warning: {said}\n"
    created = cli("token", "create", "bot", "--scope", scope, "--url", "http://127.0.0.1:1", env={"AGENTOS_TOKEN": "a.b.c"})
    assert created.stderr.startswith(done.stderr)


@pytest.mark.parametrize("scope", ["agents:read", "agents:*:run", "agents:my-agent:run", "agent_os:admin", "telemetry:read", "system:read", "app:dance", "viewer"])
def test_a_scope_that_may_be_meant_is_none(key, scope):
    assert mint(key, "--scope", scope).stderr == ""


# ---- tokens ----

@pytest.mark.parametrize("text, what", [
    ("abc.def.ghi", "the header is not JSON"), ("abc", "it has fewer than three parts"), ("a.b", "it has fewer than three parts"),
    ("a.b.c.d", "it has more than three parts"), ("e30.abc.e30", "the payload is not JSON"), ("W10.e30.e30", "the header is not a JSON object"),
    ("!.e30.e30", "the header is not base64url"), ("{\"alg\": 1}", "it has fewer than three parts"),
])
def test_a_text_that_is_no_jwt_is_told(key, text, what):
    if text.startswith("e30"):
        text = text.replace("e30", "eyJhbGciOiJFUzI1NiJ9", 1)
    for arguments in (("decode", text), ("verify", "--key", key / "public.pem", text)):
        done = cli("token", *arguments)
        if what == "the payload is not JSON" and arguments[0] == "verify":
            continue  # its signature is looked at first
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"agentos: not a JWT: {what}\n")


@pytest.mark.parametrize("before, after, said", [
    ("Bearer ", "", "the token begins with 'Bearer '; give the token alone"), ("bearer  ", "", "the token begins with 'Bearer '; give the token alone"),
    ('"', '"', "the token is in quotes; give the token alone"), ("'", "", "the token is in quotes; give the token alone"),
])
def test_what_was_copied_along_with_a_token_is_named(key, tmp_path, before, after, said):
    token = before + mint(key).stdout.strip() + after
    assert cli("init", tmp_path / "os").returncode == 0
    for arguments in (("token", "decode", token), ("token", "verify", "--key", key / "public.pem", token), ("token", "list", "--token", token),
                      ("auth", "explain", "GET", "/agents", token)):
        done = cli(*arguments, cwd=tmp_path / "os")
        assert done.returncode in (1, 2) and done.stderr == f"agentos: {said}\n"
        assert cli(*arguments[:-1], "-", stdin=token + "\n", cwd=tmp_path / "os").stderr == done.stderr


@pytest.mark.parametrize("late, ago", [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7199, "1 hour"), (7200, "2 hours"), (86400 * 400, "400 days")])
def test_an_expired_token_says_since_when(key, late, ago):
    token = mint(key, "--claim", "exp=1800000000", "--claim", "iat=1").stdout.strip()
    done = cli("token", "verify", "--key", key / "public.pem", "--json", "--now", 1800000000 + late + (0 if late > 10 else 10), token)
    if late <= 10:
        ago = f"{late + 10} seconds"  # the leeway
    assert done.returncode == 1 and done.stderr == f"agentos: Token has expired at 2027-01-15T08:00:00Z, {ago} ago\n"
    said = json.loads(done.stdout)
    assert said["verified"] is False and said["claims"] == {"sub": "ann", "iat": 1, "exp": 1800000000}


def test_claims_are_not_shown_without_a_signature(key):
    token = mint(key).stdout.strip()
    forged = token[:-8] + "AAAAAAAA"
    assert json.loads(cli("token", "verify", "--key", key / "public.pem", "--json", forged).stdout)["claims"] is None
    assert json.loads(cli("token", "verify", "--key", key / "public.pem", "--json", "--aud", "x", token).stdout)["claims"]["sub"] == "ann"


# ---- auth explain ----

@pytest.mark.parametrize("method, path", [("get", "/agents"), ("Get", "http://127.0.0.1:7777/agents"), ("GET", "https://os.example.com/agents?x=1"),
                                          ("post", "http://h/agents/echo/runs"), ("get", "https://h")])
def test_explain_takes_methods_and_urls_as_they_are_typed(tmp_path, method, path):
    assert cli("init", tmp_path).returncode == 0
    token = cli("token", "mint", "--key", "keys/private.pem", "--sub", "a", "--scope", "agents:read", "--scope", "agents:run", cwd=tmp_path).stdout.strip()
    done = cli("auth", "explain", method, path, token, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "allowed"), done.stdout + done.stderr
    assert cli("auth", "explain", "gte", path, token, cwd=tmp_path).returncode == 2


def test_a_step_that_did_not_decide_does_not_read_as_a_failure(tmp_path):
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(authorization=authorization(roles_claim="role", roles={"member": ["agents:read"]}))))
    allowed = cli("auth", "explain", "GET", "/agents", agentos.mint(scopes=None, role="member"), cwd=tmp_path)
    assert allowed.returncode == 0 and not [line for line in allowed.stdout.splitlines() if line.startswith("no ")], allowed.stdout
    refused = cli("auth", "explain", "GET", "/config", agentos.mint(scopes=None, role="member"), cwd=tmp_path)
    assert refused.returncode == 1 and [line for line in refused.stdout.splitlines() if line.startswith("no ")]


# ---- a configuration on standard input ----

def test_a_configuration_is_read_from_standard_input(tmp_path):
    text = json.dumps(config())
    (tmp_path / "k.pem").write_text(agentos.SECRET)
    assert cli("config", "check", "--config", "-", stdin=text, cwd=tmp_path).stdout.startswith("standard input: ok\n")
    assert cli("config", "check", "-", stdin=text, cwd=tmp_path).returncode == 0
    assert "METHOD" in cli("routes", "--config", "-", stdin=text, cwd=tmp_path).stdout
    done = cli("config", "check", "-", stdin="agents: 7\n", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout.startswith("standard input:1:9: agents: ")
    relative = json.dumps(config(authorization=authorization(verification_keys=[{"file": "k.pem"}])))
    assert cli("config", "check", "-c", "-", stdin=relative, cwd=tmp_path).returncode == 0
    for text in ("", "\0", "x" * (2 << 20)):
        assert cli("config", "check", "-", stdin=text, cwd=tmp_path).returncode == (0 if not text else 2)


def test_a_server_on_standard_input_reads_the_same_text_again(tmp_path):
    (tmp_path / "k.pem").write_text(agentos.SECRET)
    text = json.dumps(config(authorization=authorization(verification_keys=[{"file": "k.pem"}])))
    process = subprocess.Popen([agentos.PROGRAM, "serve", "--config", "-", "--port", "0"], cwd=tmp_path, env=agentos.environment(),
                               stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(text)
    process.stdin.close()
    url = next(re.search(r"listening on (\S+)", line)[1] for line in process.stderr if "listening on" in line)
    process.send_signal(signal.SIGHUP)
    assert "reloaded" in next(line for line in process.stderr if "reload" in line)
    assert agentos.httpx.get(url + "/agents", headers=agentos.bearer()).status_code == 200
    process.terminate()
    assert process.wait(10) == 0
