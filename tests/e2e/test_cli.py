"""The commands around the server."""
import json
import re
import stat

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
    key = jwk.RSAKey.import_key((folder / "public.pem").read_text())
    assert key.thumbprint() == kid


def test_keys_generate_says_which_files_it_made(tmp_path):
    for arguments, names in (((), ["private.pem", "public.pem"]), (("--alg", "HS256"), ["secret.key"])):
        done = cli("keys", "generate", *arguments, cwd=tmp_path)
        assert done.stderr.splitlines() == [f"made ./{name}" for name in names]
        assert len(done.stdout.split()) <= 1


def test_keys_generate_never_overwrites(keys):
    before = (keys[0] / "private.pem").read_bytes()
    done = cli("keys", "generate", "--out", keys[0])
    assert done.returncode != 0 and "private.pem" in done.stderr
    assert (keys[0] / "private.pem").read_bytes() == before


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_a_minted_token_is_verified_by_two_other_libraries(tmp_path, algorithm):
    assert cli("keys", "generate", "--alg", algorithm, "--out", tmp_path).returncode == 0
    token = minted((tmp_path, ""), "--alg", algorithm, "--scope", "agents:read", "--scope", "agents:run",
                   "--aud", "x", "--iss", "me", "--ttl", "5m", "--claim", 'org={"id":7}')
    public = (tmp_path / "public.pem").read_text()
    claims = jwt.decode(token, public, algorithms=[algorithm], audience="x", issuer="me")
    assert claims["sub"] == "ann" and claims["scopes"] == ["agents:read", "agents:run"]
    assert claims["org"] == {"id": 7} and claims["exp"] - claims["iat"] == 300
    key = (jwk.RSAKey if algorithm.startswith("RS") else jwk.ECKey).import_key(public)
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


def test_config_check(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text("agents:\n  - id: a\n    modle: offline:echo\n")
    done = cli("config", "check", file)
    assert done.returncode == 2 or done.returncode == 1
    assert f"{file}:3:5: " in done.stdout + done.stderr and "model" in done.stdout + done.stderr
    file.write_text(json.dumps(config()))
    assert cli("config", "check", file).returncode == 0


def test_config_schema_is_json():
    assert "agents" in json.loads(cli("config", "schema").stdout)["properties"]


def test_routes(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text(json.dumps(config()))
    rows = json.loads(cli("routes", "--config", file, "--json").stdout)
    by_name = {(row["method"], row["pattern"]): row for row in rows}
    assert by_name["GET", "/health"]["public"] is True
    assert by_name["GET", "/agents"]["scopes"] == ["agents:read"]
    assert by_name["GET", "/agents"]["built"] is True
    assert all(row["public"] or row["scopes"] or row["gate"] for row in rows if row["method"] != "OPTIONS"), \
        "a row that states no access"
    assert "/agents" in cli("routes", "--config", file).stdout


def test_init_makes_a_project_that_serves_and_never_overwrites(tmp_path):
    done = cli("init", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert cli("config", "check", tmp_path / "new" / "agentos.yaml").returncode == 0
    before = {file: file.read_bytes() for file in (tmp_path / "new").rglob("*") if file.is_file()}
    assert (tmp_path / "new" / ".env.example") in before
    cli("init", tmp_path / "new")
    assert before == {file: file.read_bytes() for file in (tmp_path / "new").rglob("*") if file.is_file()}


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
    (), ("nope",), ("serve", "--nope"), ("serve", "--port", "x"), ("serve", "--port", "70000"), ("serve", "--loops", "-1"),
    ("token",), ("token", "mint"), ("token", "mint", "--key"), ("token", "verify"), ("keys", "generate", "--alg", "none"),
    ("config", "nope"), ("auth", "explain", "GET"), ("--nope",), ("serve", "extra")], ids=" ".join)
def test_usage_errors_exit_2(arguments):
    done = cli(*arguments)
    assert done.returncode == 2 and done.stderr


@pytest.mark.parametrize("arguments", [(), ("serve",), ("keys",), ("keys", "generate"), ("token",), ("token", "mint"),
                                       ("token", "decode"), ("token", "verify"), ("auth", "explain"), ("routes",),
                                       ("config", "check"), ("init",)], ids=" ".join)
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
