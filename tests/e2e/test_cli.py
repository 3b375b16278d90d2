"""The commands around the server."""
import json
import re
import stat
import subprocess

import jwt
import pytest
from joserfc import jwk, jwt as jose

import agentos
from agentos import cli, config


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    done = cli("keys", "generate", "--out", folder)
    assert done.returncode == 0, done.stderr
    agentos.PLANTED.add((folder / "private.pem").read_text().splitlines()[1])
    return folder, done.stdout.strip()


def minted(keys, *arguments):
    done = cli("token", "mint", "--key", keys[0] / "private.pem", "--sub", "ann", *arguments)
    assert done.returncode == 0, done.stderr
    agentos.PLANTED.add(done.stdout.strip())
    return done.stdout.strip()


def test_keys_generate_makes_a_pair_that_others_read(keys):
    folder, kid = keys
    assert stat.S_IMODE((folder / "private.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "public.pem").stat().st_mode) == 0o644, "a container reads it as another user"
    key = jwk.RSAKey.import_key((folder / "public.pem").read_text())
    assert key.thumbprint() == kid


def test_keys_generate_says_which_files_it_made(tmp_path):
    for arguments, names in (((), ["private.pem", "public.pem"]), (("--alg", "HS256"), ["secret.key"])):
        done = cli("keys", "generate", *arguments, cwd=tmp_path)
        assert done.stderr.splitlines() == [f"created ./{name}" for name in names]
        assert len(done.stdout.split()) <= 1


def test_keys_generate_never_overwrites(keys):
    before = (keys[0] / "private.pem").read_bytes()
    done = cli("keys", "generate", "--out", keys[0])
    assert done.returncode != 0 and "private.pem" in done.stderr
    assert (keys[0] / "private.pem").read_bytes() == before


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_minted_token_is_verified_by_two_other_libraries(tmp_path, algorithm):
    assert cli("keys", "generate", "--alg", algorithm, "--out", tmp_path).returncode == 0
    token = minted((tmp_path, ""), "--alg", algorithm, "--scope", "agents:read", "--scope", "agents:run",
                   "--aud", "x", "--iss", "me", "--ttl", "5m", "--claim", 'org={"id":7}')
    public = (tmp_path / "public.pem").read_text()
    claims = jwt.decode(token, public, algorithms=[algorithm], audience="x", issuer="me")
    assert claims["sub"] == "ann" and claims["scopes"] == ["agents:read", "agents:run"]
    assert claims["org"] == {"id": 7} and claims["exp"] - claims["iat"] == 300
    kind = {"RS": jwk.RSAKey, "PS": jwk.RSAKey, "ES": jwk.ECKey, "Ed": jwk.OKPKey}[algorithm[:2]]
    key = kind.import_key(public)
    assert jose.decode(token, key, algorithms=[algorithm]).claims == claims


def test_a_minted_token_opens_the_server(keys, serve):
    server = serve(config(authorization={"enabled": True, "verification_keys": [{"file": str(keys[0] / "public.pem")}]}))
    headers = {"authorization": "Bearer " + minted(keys, "--scope", "agents:read")}
    assert server.get("/agents", headers=headers).status_code == 200


def test_token_decode_marks_it_unverified(keys):
    done = cli("token", "decode", minted(keys))
    decoded = json.loads(done.stdout)
    assert decoded["claims"]["sub"] == "ann" and decoded["header"]["alg"] == "RS256"
    assert "verified" in done.stderr.lower() or "verified" in done.stdout.lower()


def test_token_decode_reads_standard_input(keys):
    assert json.loads(cli("token", "decode", "-", stdin=minted(keys) + "\n").stdout)["claims"]["sub"] == "ann"


def test_token_verify(keys, tmp_path):
    public = keys[0] / "public.pem"
    good, late = minted(keys, "--ttl", "1h"), minted(keys, "--ttl", "1s")
    assert cli("token", "verify", "--key", public, good).returncode == 0
    assert cli("token", "verify", "--key", public, "--now", 4102444800, late).returncode == 1
    assert cli("token", "verify", "--key", public, good[:-8] + "AAAAAAAA").returncode == 1
    assert cli("token", "verify", "--key", tmp_path / "none.pem", good).returncode in (1, 2)
    assert cli("token", "verify", good).returncode == 2
    refused = json.loads(cli("token", "verify", "--json", "--key", public, "--now", 4102444800, good).stdout)
    assert refused["verified"] is False and "expired" in refused["reason"]
    secret = tmp_path / "secret"
    long_enough = agentos.SECRET * 2
    secret.write_text(long_enough + "\n")
    token = agentos.mint(secret=long_enough)
    assert cli("token", "verify", "--secret", secret, "--alg", "HS256", token).returncode == 0
    assert cli("token", "verify", "--secret", secret, "--alg", "HS384", token).returncode == 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"])
@pytest.mark.parametrize("half", ["public.pem", "private.pem"])
def test_a_published_key_set_is_read_by_two_other_libraries(tmp_path, algorithm, half):
    kid = cli("keys", "generate", "--alg", algorithm, "--out", tmp_path).stdout.strip()
    agentos.PLANTED.add((tmp_path / "private.pem").read_text().splitlines()[1])
    done = cli("jwks", "--alg", algorithm, tmp_path / half)
    assert done.returncode == 0 and not done.stderr
    [key] = json.loads(done.stdout)["keys"]
    assert (key["kid"], key["alg"], key["use"]) == (kid, algorithm, "sig")
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
    token = minted((tmp_path, kid), "--alg", algorithm)
    assert jwt.decode(token, jwt.PyJWKSet.from_json(done.stdout)[kid], algorithms=[algorithm])["sub"] == "ann"
    ours = jwk.KeySet.import_key_set(json.loads(done.stdout))
    assert jose.decode(token, ours, algorithms=[algorithm]).claims["sub"] == "ann"
    assert ours.keys[0].thumbprint() == kid


def test_jwks_gathers_files_and_names_what_it_leaves_out(keys, tmp_path):
    assert cli("keys", "generate", "--alg", "ES256", "--out", tmp_path).returncode == 0
    theirs = jwk.KeySet([jwk.OKPKey.generate_key("Ed25519", {"kid": "theirs"}), jwk.RSAKey.generate_key(2048)])
    published = theirs.as_dict(private=False)
    published["keys"][1].update(use="enc", alg="RSA-OAEP")
    (tmp_path / "set.json").write_text(json.dumps(published))
    done = cli("jwks", keys[0] / "public.pem", tmp_path / "private.pem", tmp_path / "set.json")
    assert [key["alg"] for key in json.loads(done.stdout)["keys"]] == ["RS256", "ES256", "EdDSA"]
    assert json.loads(done.stdout)["keys"][2]["kid"] == "theirs" and "1 of 2 keys skipped" in done.stderr
    assert cli("jwks", "-", stdin=done.stdout).stdout == done.stdout


def test_jwks_prints_a_key_once(keys, tmp_path):
    public = keys[0] / "public.pem"
    once = cli("jwks", public).stdout
    assert len(json.loads(once)["keys"]) == 1
    assert cli("jwks", public, public).stdout == once
    assert cli("jwks", public, keys[0] / "private.pem").stdout == once
    assert cli("jwks", public, "-", stdin=once).stdout == once


def test_jwks_refuses_what_may_not_be_published(keys, tmp_path):
    public = keys[0] / "public.pem"
    private = jwk.RSAKey.import_key((keys[0] / "private.pem").read_text()).as_dict(private=True)
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    twins = {"keys": [jwk.RSAKey.generate_key(2048, {"kid": "k"}).as_dict(private=False) for _ in range(2)]}
    for arguments, stdin, reason in ((("-",), json.dumps(twins), "two keys with kid"), (("-",), json.dumps(private), "private key"),
                                     (("-",), json.dumps(secret), "no key in these files"), (("-",), "x", "not PEM"),
                                     (("--kid", "k", public, "-"), (tmp_path / "x").name, "not PEM"),
                                     (("--alg", "HS256", public), "", "must be a public-key algorithm"), ((), "", "FILE")):
        done = cli("jwks", *arguments, stdin=stdin)
        assert done.returncode == 2 and reason in done.stderr and not done.stdout
        assert private["d"][:16] not in done.stderr and "c2VjcmV0" not in done.stderr


def test_token_verify_by_a_key_set(keys, tmp_path):
    (tmp_path / "set.json").write_text(cli("jwks", keys[0] / "public.pem").stdout)
    verify = "token", "verify", "--jwks", tmp_path / "set.json"
    good = minted(keys)
    assert cli(*verify, good).returncode == 0 and cli(*verify, "--alg", "RS256", good).returncode == 0
    assert cli(*verify, minted(keys, "--kid", "other")).returncode == 1
    assert cli(*verify, good[:-8] + "AAAAAAAA").returncode == 1
    assert cli(*verify, "--alg", "ES256", good).returncode == 1
    assert cli(*verify, "--alg", "none", good).returncode == 2
    assert cli(*verify, "--key", keys[0] / "public.pem", good).returncode == 2
    assert cli("token", "verify", "--jwks", keys[0] / "public.pem", good).returncode == 2


def test_config_check(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text("agents:\n  - id: a\n    modle: offline:echo\n")
    done = cli("config", "check", file)
    assert done.returncode == 2 or done.returncode == 1
    assert f"{file}:3:5: " in done.stdout + done.stderr and "model" in done.stdout + done.stderr
    file.write_text(json.dumps(config()))
    assert cli("config", "check", file).returncode == 0
    assert cli("config", "check", "--config", file).stdout == cli("config", "check", file).stdout


def test_config_check_names_the_keys_that_are_there(tmp_path):
    assert cli("keys", "generate", "--out", "keys", cwd=tmp_path).returncode == 0
    (tmp_path / "set.json").write_text(cli("jwks", "keys/public.pem", cwd=tmp_path).stdout)
    block = {"enabled": True, "jwks_file": "set.json"}
    for more, said in (({}, "RS256, a key set, scopes"),
                       ({"verification_keys": [{"file": "keys/public.pem"}]}, "RS256, a key set and 1 key, scopes")):
        (tmp_path / "agentos.yaml").write_text(json.dumps({"name": "x", "authorization": {**block, **more}}))
        done = cli("config", "check", cwd=tmp_path)
        assert done.returncode == 0 and said in done.stdout, done.stdout


def test_auth_explain_of_a_key_that_was_withdrawn(tmp_path):
    for folder in ("old", "new"):
        assert cli("keys", "generate", "--out", folder, cwd=tmp_path).returncode == 0
    (tmp_path / "set.json").write_text(cli("jwks", "new/public.pem", cwd=tmp_path).stdout)
    (tmp_path / "agentos.yaml").write_text(json.dumps({"authorization": {"enabled": True, "jwks_file": "set.json"}}))
    answers = []
    for folder in ("old", "new"):
        token = cli("token", "mint", "--key", f"{folder}/private.pem", "--sub", "u", "--scope", "agents:read", cwd=tmp_path).stdout
        answers.append(cli("auth", "explain", "GET", "/agents", "-", cwd=tmp_path, stdin=token))
    assert "no key matches the token's kid" in answers[0].stdout and "to pass: publish" in answers[0].stdout
    assert answers[1].returncode == 0 and "no key matches" not in answers[1].stdout


def test_config_schema_is_json():
    assert "agents" in json.loads(cli("config", "schema").stdout)["properties"]


def keys_of(schema, definitions):
    """Every key that a document of this schema may have."""
    schema = definitions.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    for key, value in schema.get("properties", {}).items():
        yield key
        yield from keys_of(value, definitions)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from keys_of(schema[inner], definitions)
    for inner in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from keys_of(inner, definitions)


def test_every_key_is_documented():
    schema = json.loads(cli("config", "schema").stdout)
    documented = set(re.findall(r"\w+", (agentos.ROOT / "docs/configuration.md").read_text()))
    keys = set(keys_of(schema, schema["$defs"]))
    assert {"listen", "num_history_runs", "top_p", "verification_keys"} <= keys
    assert keys - documented == set()


def test_routes(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text(json.dumps(config()))
    rows = json.loads(cli("routes", "--config", file, "--json").stdout)
    by_name = {(row["method"], row["pattern"]): row for row in rows}
    assert by_name["GET", "/health"]["public"] is True
    assert by_name["GET", "/agents"]["scopes"] == ["agents:read"]
    assert by_name["GET", "/agents"]["built"] is True
    no_scope = {(row["method"], row["pattern"]) for row in rows if not (row["public"] or row["scopes"] or row["gate"])}
    queue = {("GET", "/queue/jobs"), ("GET", "/queue/jobs/{job_id}"), ("POST", "/queue/jobs/{job_id}/requeue"), ("GET", "/queue/stats")}
    mcp = {("POST", "/mcp"), ("POST", "/mcp/server/tools/{name}/run")}
    assert no_scope == {("GET", "/authz/whoami"), *queue, *mcp}
    assert all(by_name[route]["admin"] and not by_name[route]["built"] for route in queue)
    assert all(by_name[route]["any_token"] and not by_name[route]["built"] for route in mcp)
    assert by_name["GET", "/authz/whoami"]["any_token"] and by_name["GET", "/-/metrics"]["gate"] == "telemetry:read"
    assert "/agents" in cli("routes", "--config", file).stdout
    assert {row["surface"] for row in rows} == {"agentos"}
    assert json.loads(cli("routes", "--config", file, "--surface", "agentos", "--json").stdout) == rows
    unknown = cli("routes", "--surface", "control")
    assert unknown.returncode == 2 and "no surface" in unknown.stderr


def test_init_makes_a_project_that_serves_and_never_overwrites(tmp_path):
    done = cli("init", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert cli("config", "check", tmp_path / "new" / "agentos.yaml").returncode == 0
    before = {file: file.read_bytes() for file in (tmp_path / "new").rglob("*") if file.is_file()}
    assert (tmp_path / "new" / ".env.example") in before
    modes = [stat.S_IMODE((tmp_path / "new" / "keys" / name).stat().st_mode) for name in ("private.pem", "public.pem", "jwks.json")]
    assert modes == [0o600, 0o644, 0o644], "a service or a container reads the public keys as another user"
    cli("init", tmp_path / "new")
    assert before == {file: file.read_bytes() for file in (tmp_path / "new").rglob("*") if file.is_file()}


@pytest.mark.parametrize("ignored", [None, "", "*.o\n"])
def test_git_takes_no_secret_of_a_new_project(tmp_path, ignored):
    """`git add -A` after `init`, a first start and a rotation; a .gitignore that is there stays as it is."""
    git = ["git", "-c", "init.defaultBranch=main", "-C", tmp_path]
    subprocess.run([*git, "init", "--quiet"], check=True)
    if ignored is not None:
        (tmp_path / ".gitignore").write_text(ignored)
    done = cli("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert cli("keys", "rotate", cwd=tmp_path).returncode == 0
    if ignored is None:
        (tmp_path / ".env").write_text("OPENAI_API_KEY=planted\n")
        (tmp_path / "data").mkdir()
        for name in ("data/agentos.db", "data/agentos.db.audit-key", "secret.key"):
            (tmp_path / name).write_text("planted")
        assert done.stderr == ""
    else:
        assert (tmp_path / ".gitignore").read_text() == ignored
        assert done.stderr == ("agentos: warning: ./.gitignore already exists; add .env, data/ and *.key to it, which have secrets\n")
    subprocess.run([*git, "add", "--all"], check=True)
    taken = set(subprocess.check_output([*git, "ls-files"], text=True).split())
    assert taken == {".gitignore", ".env.example", "agentos.yaml", "keys/.gitignore", "keys/public.pem", "keys/next-public.pem", "keys/jwks.json"}


def test_auth_explain_tells_each_step(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text(json.dumps(config()))
    yes = cli("auth", "explain", "--config", file, "GET", "/agents", agentos.mint())
    assert yes.returncode == 0 and "agents:read" in yes.stdout
    no = cli("auth", "explain", "--config", file, "POST", "/agents/echo/runs", "-", stdin=agentos.mint())
    assert no.returncode == 1 and "agents:run" in no.stdout
    assert agentos.mint() not in yes.stdout + no.stdout


def test_auth_explain_says_which_configuration_it_read(tmp_path):
    """In a folder without one everything is allowed, which must not pass for an answer about the server."""
    bare = cli("auth", "explain", "GET", "/agents", agentos.mint(), cwd=tmp_path)
    assert "no agentos.yaml here" in bare.stdout and "everybody may do everything" in bare.stdout
    (tmp_path / "agentos.yaml").write_text(json.dumps(config()))
    found = cli("auth", "explain", "GET", "/agents", agentos.mint(), cwd=tmp_path)
    assert "ok   configuration    agentos.yaml" in found.stdout


@pytest.mark.parametrize("arguments", [
    (), ("nope",), ("serve", "--nope"), ("serve", "--port", "x"), ("serve", "--port", "70000"),
    ("serve", "--loops", "-1"), ("serve", "--loops", "65"), ("serve", "extra"), ("token",), ("token", "mint"),
    ("token", "mint", "--key"), ("token", "verify"), ("keys", "generate", "--alg", "none"), ("config", "nope"),
    ("auth", "explain", "GET"), ("--nope",)], ids=" ".join)
def test_usage_errors_exit_2(arguments):
    done = cli(*arguments)
    assert done.returncode == 2 and done.stderr


@pytest.mark.parametrize("arguments", [(), ("serve",), ("keys",), ("keys", "generate"), ("token",), ("token", "mint"),
                                       ("token", "decode"), ("token", "verify"), ("auth", "explain"), ("routes",),
                                       ("config", "check"), ("init",), ("jwks",), ("db",), ("db", "migrate"),
                                       ("db", "backup")], ids=" ".join)
def test_help_everywhere(arguments):
    done = cli(*arguments, "--help")
    assert done.returncode == 0 and "usage" in done.stdout.lower()


def test_version():
    assert cli("--version").stdout.startswith("agentos ")


def test_a_token_cannot_speak_to_the_terminal(tmp_path):
    """What it holds is quoted; what a terminal obeys is spelled out, C1 (U+0080 to U+009F) too."""
    (tmp_path / "secret").write_text(agentos.SECRET)
    (tmp_path / "agentos.yaml").write_text(json.dumps(agentos.config()))
    wild = "\x1b[2J\x9b31m\x7f\r\nok   access"
    token = agentos.mint(sub="a\x9bb", scopes=(wild,), iss=wild, headers={"kid": wild})
    said = [cli("token", "decode", token), cli("token", "verify", "--secret", tmp_path / "secret", "--iss", "x", token),
            cli("token", "verify", "--secret", tmp_path / "secret", "--json", token),
            cli("auth", "explain", "--config", tmp_path / "agentos.yaml", "GET", "/agents", token),
            cli("auth", "explain", "--config", tmp_path / "agentos.yaml", "GET", "/agents", token[:-4])]
    for done in said:
        text = done.stdout + done.stderr
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), repr(text)
        assert not any(line.startswith("ok   access") for line in text.splitlines()[:-1] if "asks" not in line), text
