"""npm jose (panva) beside PyJWT and joserfc: it verifies what `agentos` mints and publishes, and `agentos` verifies what it
signs."""
import json

import pytest

import agentos
import node
from agentos import PLANTED, cli

PAIRS = [kind + size for kind in ("RS", "PS", "ES") for size in ("256", "384", "512")] + ["EdDSA", "Ed25519"]
SECRETS = ["HS256", "HS384", "HS512"]
SHARED = "a secret of more than 64 bytes that jose and agentos share for this, and nobody else"


@pytest.fixture(autouse=True)
def jose_is_installed():
    node.demand("jose")


def ask(*questions):
    return json.loads(node.run(node.FOLDER / "judges/jose.mjs", json.dumps(questions)))


def generated(folder, algorithm):
    """(key file to sign with, kid), by `agentos keys generate`."""
    done = cli("keys", "generate", "--alg", algorithm, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder / ("secret.key" if algorithm in SECRETS else "private.pem"), done.stdout.strip()


def minted(key, algorithm, *more):
    done = cli("token", "mint", "--key", key, "--alg", algorithm, "--sub", "ann", "--scope", "agents:read", "--aud", "x", "--aud", "y",
               "--iss", "me", "--claim", 'org={"id":7}', *more)
    assert done.returncode == 0, done.stderr
    PLANTED.add(done.stdout.strip())
    return done.stdout.strip()


def tampered(token):
    """Another user, under the old signature."""
    header, payload, signature = token.split(".")
    other = cli("token", "decode", token)
    claims = {**json.loads(other.stdout)["claims"], "sub": "eve"}
    return f"{header}.{agentos.jwt.utils.base64url_encode(json.dumps(claims).encode()).decode()}.{signature}"


def questions(token, algorithm, **trust):
    """The token as it is, changed, for another audience, under another algorithm: only the first may pass."""
    good = {"what": "verify", "token": token, "alg": algorithm, "allowed": algorithm, "audience": "y", "issuer": "me", **trust}
    return good, {**good, "token": tampered(token)}, {**good, "audience": "z"}, {**good, "allowed": "RS256" if algorithm != "RS256" else "PS256"}


def assert_only_the_first_is_good(answers, kid=None):
    good, *bad = answers
    assert good.get("claims", {}).get("sub") == "ann", good
    assert good["claims"]["scopes"] == ["agents:read"] and good["claims"]["aud"] == ["x", "y"] and good["claims"]["org"] == {"id": 7}
    assert good["header"].get("kid") == kid
    assert [answer.get("refused") for answer in bad] == ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "ERR_JWT_CLAIM_VALIDATION_FAILED",
                                                         "ERR_JOSE_ALG_NOT_ALLOWED"]


@pytest.mark.parametrize("algorithm", PAIRS)
def test_jose_verifies_what_is_minted_and_published(tmp_path, algorithm):
    key, kid = generated(tmp_path, algorithm)
    token = minted(key, algorithm)
    jwks = json.loads(cli("jwks", "--alg", algorithm, tmp_path / "public.pem").stdout)
    answers = ask(*questions(token, algorithm, jwks=jwks),
                  *questions(token, algorithm, pem=(tmp_path / "public.pem").read_text()),
                  {"what": "thumbprint", "jwk": jwks["keys"][0]})
    assert_only_the_first_is_good(answers[:4], kid)
    assert_only_the_first_is_good(answers[4:8], kid)
    assert answers[8] == {"kid": kid}


@pytest.mark.parametrize("algorithm", SECRETS)
def test_jose_verifies_what_is_minted_with_a_secret(tmp_path, algorithm):
    key, _ = generated(tmp_path, algorithm)
    shared = key.read_text().strip()
    PLANTED.add(shared)
    assert_only_the_first_is_good(ask(*questions(minted(key, algorithm), algorithm, shared=shared)))


@pytest.fixture(scope="module")
def signed():
    """By jose: of each algorithm a token of ours, and one of another key."""
    node.demand("jose")
    claims = {"sub": "ann", "iss": "me", "aud": ["x", "y"]}
    asked = [{"what": "sign", "alg": algorithm, "claims": claims, "typ": "JWT", "shared": shared if algorithm in SECRETS else None}
             for algorithm in PAIRS + SECRETS for shared in (SHARED, SHARED[::-1])]
    answers = ask(*asked)
    for answer in answers:
        PLANTED.add(answer["token"])
        PLANTED.add(answer.get("private_pem", f"\n{SHARED}").splitlines()[1])
    return {question["alg"]: pair for question, pair in zip(asked[::2], zip(answers[::2], answers[1::2]))}


def verify(token, *arguments):
    return cli("token", "verify", "--iss", "me", *arguments, token).returncode


def assert_only_ours_is_good(ours, theirs, *trust):
    assert verify(ours, "--aud", "y", *trust) == 0
    assert verify(ours, "--aud", "z", *trust) == 1
    assert [verify(bad, "--aud", "y", *trust) for bad in (tampered(ours), theirs, ours[:-4] + "AAAA")] == [1, 1, 1]


@pytest.mark.parametrize("algorithm", PAIRS)
def test_what_jose_signs_and_publishes_is_verified(tmp_path, signed, algorithm):
    ours, theirs = signed[algorithm]
    (tmp_path / "public.pem").write_text(ours["pem"])
    (tmp_path / "set.json").write_text(json.dumps(ours["jwks"]))
    assert_only_ours_is_good(ours["token"], theirs["token"], "--key", tmp_path / "public.pem", "--alg", algorithm)
    assert_only_ours_is_good(ours["token"], theirs["token"], "--jwks", tmp_path / "set.json")
    assert json.loads(cli("jwks", tmp_path / "set.json").stdout)["keys"][0]["kid"] == ours["kid"]


@pytest.mark.parametrize("algorithm", SECRETS)
def test_what_jose_signs_with_a_secret_is_verified(tmp_path, signed, algorithm):
    (tmp_path / "secret").write_text(SHARED + "\n")
    assert_only_ours_is_good(*[one["token"] for one in signed[algorithm]], "--secret", tmp_path / "secret", "--alg", algorithm)


@pytest.mark.parametrize("algorithm", ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_key_that_jose_made_signs_for_both(tmp_path, signed, algorithm):
    """Its PKCS#8 is read, and what is minted with it verifies where it came from."""
    made = signed[algorithm][0]
    (tmp_path / "private.pem").write_text(made["private_pem"])
    token = minted(tmp_path / "private.pem", algorithm)
    assert_only_the_first_is_good(ask(*questions(token, algorithm, jwks=made["jwks"])), made["kid"])
