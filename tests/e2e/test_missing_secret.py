"""A secret that cannot be had. Traefik let everybody in when the secret of its check could not be resolved
(CVE-2026-54762); agno's server lost its security key to any JWT_ variable that happened to be there (agno #8625).
Here authority_new() makes no authority without what was asked for, so that the server does not start; and a running one
keeps what it had."""
import pytest

import agentos
from agentos import authorization, bearer, config, refused

REFUSED = {
    # name: (configuration, environment, what the sentence must mention)
    "authorization without a key": (config(authorization=True), {}, ["key"]),
    "an unreadable key file": (config(authorization=authorization(
        verification_keys=[{"file": "nowhere.pem"}], algorithm="RS256")), {}, ["nowhere.pem"]),
    "a broken PEM in the environment": (config(authorization=True), {"JWT_VERIFICATION_KEY": "-----BEGIN"},
                                        ["JWT_VERIFICATION_KEY"]),
    "JWT_JWKS_FILE": (config(), {"JWT_JWKS_FILE": "keys.json"}, ["JWT_JWKS_FILE"]),
    "JWT_JWKS": (config(), {"JWT_JWKS": "{}"}, ["JWT_JWKS"]),
    "an empty secret": (config(authorization=authorization(verification_keys=[""])), {}, ["verification_keys"]),
    "a blank secret": (config(authorization=authorization(verification_keys=[" " * 40])), {}, ["verification_keys"]),
    "no secret in the list": (config(authorization=authorization(verification_keys=[])), {}, ["key"]),
    "a variable that is not set": (config(authorization=authorization(verification_keys=["${A_VARIABLE_THAT_NOBODY_HAS_SET_ANYWHERE}"])), {}, ["placeholder"]),
    "an empty variable": (config(authorization=True), {"JWT_VERIFICATION_KEY": ""}, ["key"]),
    "a key file that is a folder": (config(authorization=authorization(
        verification_keys=[{"file": "."}], algorithm="RS256")), {}, ["verification_keys"]),
    "a set without a usable key": (config(authorization={"enabled": True, "algorithm": "RS256"}), {"JWT_JWKS": '{"keys":[]}'}, ["JWT_JWKS"]),
    "an empty security key": (config(authorization=None, security_key="short"), {}, ["security_key"]),
    "off beside issuers": (config(authorization={"enabled": False, "issuers": [{"issuer": "https://x", "audience": "a"}]}), {}, ["enabled"]),
    "off beside roles": (config(authorization=authorization(enabled=False, roles={"a": ["agents:read"]})), {}, ["enabled"]),
    "off beside a key URL": (config(authorization={"enabled": False, "jwks_url": "https://x/k"}), {}, ["enabled"]),
}


UNREPLACED = "is a placeholder that nothing has replaced"
MODEL = {"provider": "openai-chat", "id": "m", "base_url": "http://127.0.0.1:1/v1"}
PLACEHOLDERS = {  # the option that has it: what to add to the configuration, and the environment
    "security_key": lambda text: ({"authorization": None, "security_key": text}, {}),
    "OS_SECURITY_KEY": lambda text: ({"authorization": None}, {"OS_SECURITY_KEY": text}),
    "internal_service_token": lambda text: ({"internal_service_token": text}, {}),
    "audit.key": lambda text: ({"audit": {"key": text}}, {}),
    "models.m.api_key": lambda text: ({"models": {"m": {**MODEL, "api_key": text}}}, {}),
    "OPENAI_API_KEY": lambda text: ({"models": {"m": {"provider": "openai", "id": "m"}}}, {"OPENAI_API_KEY": text}),
    "authorization.verification_keys[0]": lambda text: ({"authorization": authorization(verification_keys=[text])}, {}),
    "JWT_VERIFICATION_KEY": lambda text: ({"authorization": {"enabled": True, "algorithm": "HS256"}}, {"JWT_VERIFICATION_KEY": text}),
}


@pytest.mark.parametrize("option", PLACEHOLDERS)
@pytest.mark.parametrize("text, what", [
    ("$A_SECRET_OF_MORE_THAN_32_BYTES_LENGTH", UNREPLACED),
    ("%A_SECRET_OF_MORE_THAN_32_BYTES_LENGTH%", UNREPLACED),
    ("{{ a_secret_of_more_than_32_bytes_length }}", UNREPLACED),
    ("op://a-vault/a-secret-of-more-than-32-bytes/x", "is a reference to a secret store, which this server does not read"),
    ("ENC[AES256_GCM,data:a-secret-of-more-than-32]", "is encrypted, and this server does not decrypt it"),
    ("/run/secrets/a-secret-of-more-than-32-bytes", "is a path; write {file: PATH} to have the file read"),
    ("changeme-changeme-changeme-changeme", "is a placeholder from documentation; make a random text of your own"),
])
def test_a_placeholder_is_no_secret(tmp_path, option, text, what):
    more, env = PLACEHOLDERS[option](text)
    status, said = refused(tmp_path, config(**more), env=env)
    assert status == 2 and option in said and what in said, said
    assert text not in said


# docs/design/security.md 3, 8
@pytest.mark.parametrize("name", REFUSED)
def test_it_does_not_start(tmp_path, name):
    options, env, words = REFUSED[name]
    status, said = refused(tmp_path, options, env=env)
    assert status == 2 and all(word in said for word in words), said
    assert agentos.SECRET not in said


@pytest.mark.parametrize("env", [{"JWT_ISSUER": "x"}, {"JWT_AUDIENCE": "x"}, {"JWT_ALGORITHM": "HS256"}, {"JWT_JWKS_FILE": ""}])
def test_a_stray_variable_opens_nothing(serve, env):
    """agno #8625: with a security key, whatever else the environment holds."""
    server = serve(config(authorization=None), env={"OS_SECURITY_KEY": "a root key of no less than 32 bytes", **env})
    assert server.get("/agents").status_code == 401
    assert server.get("/agents", headers={"authorization": "Bearer x"}).status_code == 401


def test_a_stray_key_goes_first_or_stops_the_start(serve, tmp_path):
    """It may name another way in (the contract's order), never none."""
    env = {"OS_SECURITY_KEY": "a root key of no less than 32 bytes", "JWT_VERIFICATION_KEY": agentos.SECRET}
    status, said = refused(tmp_path, config(authorization=None), env=env)
    assert status == 2 and "JWT_VERIFICATION_KEY" in said
    server = serve(config(authorization={"algorithm": "HS256"}), env=env)
    assert server.get("/agents").status_code == 401
    assert server.get("/agents", headers=bearer()).status_code == 200


def test_with_what_was_asked_for_it_starts(serve):
    server = serve(config(authorization=None), env={"OS_SECURITY_KEY": "a root key of no less than 32 bytes"})
    assert server.get("/agents", headers={"authorization": "Bearer a root key of no less than 32 bytes"}).status_code == 200
    assert serve().get("/agents", headers=bearer()).status_code == 200
