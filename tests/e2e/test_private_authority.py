"""Servers behind an authority of one's own (ca_file), and keys over plain http (allow_http)."""
import datetime
import ipaddress
import json
import os
import ssl
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agentos import ADMIN, bearer, cli, config
from key_server import KeyServer
from provider import Provider

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
UNKNOWN = "the server's certificate is not trusted; if its authority is your own, name the authority's certificate in ca_file"
OTHER = "the server's certificate is not trusted: ca_file does not have its authority"


class Authority:
    """Signs certificates of servers on this machine."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.pem = self.sign(self.key, self.name, ca=True).public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, key, name, ca=False, host="127.0.0.1", begin=NOW - DAY, end=NOW + DAY):
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
                .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if not ca:
            made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def protect(self, server, folder, **more):
        """Has the server speak TLS with a certificate of this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign(key, x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")]), **more)
        file = folder / f"server-{server.server.server_address[1]}.pem"
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
                         + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
        if isinstance(server, KeyServer):
            server.publish()


@pytest.fixture(scope="module")
def authority():
    return Authority("ours")


@pytest.fixture
def issuer():
    started = KeyServer()
    yield started
    started.stop()


@pytest.fixture
def provider():
    started = Provider()
    yield started
    started.close()


# ---- keys ----

@pytest.mark.parametrize("place", ["jwks_url", "discovery", "discovery_url", "plain"])
def test_keys_come_from_a_server_of_ones_own_authority(serve, issuer, authority, tmp_path, place):
    authority.protect(issuer, tmp_path)
    (tmp_path / "ca.pem").write_text(authority.pem)
    trusted = {"ca_file": str(tmp_path / "ca.pem")}
    if place == "plain":
        block = {"jwks_url": issuer.url + "/jwks", "audience": "test-os", **trusted}
    else:
        more = {"jwks_url": {"jwks_url": issuer.url + "/jwks"}, "discovery": {},
                "discovery_url": {"discovery_url": issuer.url + "/.well-known/openid-configuration"}}[place]
        block = {"issuers": [{"issuer": issuer.url, "audience": "test-os", **more, **trusted}]}
    server = serve(config(authorization=block))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


@pytest.mark.parametrize("more, ca, why", [
    ({}, None, UNKNOWN), ({}, "other", OTHER),
    ({"host": "127.0.0.9"}, "ours", "the server's certificate is not for this host name"),
    ({"begin": NOW - 3 * DAY, "end": NOW - DAY}, "ours", "the server's certificate has expired"),
    ({"begin": NOW + DAY, "end": NOW + 2 * DAY}, "ours", "the server's certificate is not valid yet; compare the clocks")],
    ids=["no ca_file", "another's", "another host", "expired", "not yet"])
def test_the_log_says_why_a_certificate_is_not_trusted(serve, issuer, authority, tmp_path, more, ca, why):
    authority.protect(issuer, tmp_path, **more)
    (tmp_path / "ours.pem").write_text(authority.pem)
    (tmp_path / "other.pem").write_text(Authority("other").pem)
    trusted = {} if ca is None else {"ca_file": str(tmp_path / f"{ca}.pem")}
    server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "jwks_url": issuer.url + "/jwks",
                                                      "audience": "test-os", **trusted}]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401
    line, = [line for line in server.log.splitlines() if issuer.url + "/jwks: " in line]
    assert issuer.url + "/jwks: " + why + '"' in line


def test_a_changed_ca_file_is_read_while_the_server_runs(serve, issuer, authority, tmp_path):
    authority.protect(issuer, tmp_path)
    file = tmp_path / "ca.pem"
    file.write_text(Authority("other").pem)
    server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "audience": "test-os", "ca_file": str(file)}]}))
    assert server.get("/agents", headers=issuer.bearer()).status_code == 401
    file.write_text(Authority("other").pem + authority.pem)
    deadline = time.monotonic() + 10
    while "info reloaded" not in server.log:
        assert time.monotonic() < deadline
    assert server.get("/agents", headers=issuer.bearer()).status_code == 200


# ---- models ----

def test_a_provider_of_ones_own_authority(serve, provider, authority, tmp_path):
    authority.protect(provider, tmp_path)
    (tmp_path / "ca.pem").write_text(authority.pem)
    model = {"provider": "openai-chat", "id": "say-hello", "base_url": provider.url, "api_key": "sk-1", "retries": 0}
    agents = [{"id": "with", "model": {**model, "ca_file": str(tmp_path / "ca.pem")}}, {"id": "named", "model": "own:say-hello"},
              {"id": "without", "model": model}]
    server = serve(config(agents=agents, models={"own": {**model, "ca_file": str(tmp_path / "ca.pem")}}))
    said = {}
    for agent in ("with", "named", "without"):
        answer = server.http.post(f"/agents/{agent}/runs", data={"message": "hi", "stream": "false"}, headers=bearer(scopes=ADMIN))
        said[agent] = answer.json().get("status"), answer.json().get("content")
    assert said["with"][0] == said["named"][0] == "COMPLETED"
    assert said["without"] == ("ERROR", "The model provider could not be reached: " + UNKNOWN)


# ---- the file ----

@pytest.mark.parametrize("block", ["issuer", "plain", "model"])
@pytest.mark.parametrize("make, why", [
    (lambda file: None, "cannot read '{}' (No such file or directory); create it or correct the path"),
    (lambda file: os.mkfifo(file), "cannot read '{}' (not a regular file); create it or correct the path"),
    (lambda file: file.write_text("#" * (1024 * 1024 + 1)), "cannot read '{}' ("),
    (lambda file: file.write_text(""), "'{}' is empty"),
    (lambda file: file.write_bytes(b"0\x82\x00\x01"), "'{}' has no -----BEGIN CERTIFICATE----- line; if it is DER, convert it: "
                                                      "openssl x509 -inform der -in FILE -out FILE.pem"),
    (lambda file: file.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
     "'{}' holds a private key; name the authority's certificate")], ids=["absent", "fifo", "large", "empty", "der", "private key"])
def test_a_ca_file_that_cannot_be_used_is_refused(tmp_path, block, make, why):
    make(tmp_path / "ca.pem")
    more = {"issuer": {"authorization": {"issuers": [{"issuer": "https://id.example", "audience": "x", "ca_file": "ca.pem"}]}},
            "plain": {"authorization": {"jwks_url": "https://id.example/k", "ca_file": "ca.pem"}},
            "model": {"models": {"own": {"provider": "openai-chat", "id": "m", "base_url": "https://m.example/v1", "ca_file": "ca.pem"}}}}[block]
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(**more)))
    checked = cli("config", "check", tmp_path / "agentos.yaml")
    assert checked.returncode == 2 and why.format(tmp_path / "ca.pem") in checked.stdout + checked.stderr
    assert "ca_file: " in checked.stdout + checked.stderr


# ---- plain http ----

def own_address():
    """An address of this machine that is not loopback."""
    addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    return next((address for address in addresses if "." in address), None)


def checked(tmp_path, **issuer):
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(authorization={"issuers": [{"audience": "x", **issuer}]})))
    return cli("config", "check", tmp_path / "agentos.yaml")


@pytest.mark.parametrize("more, option", [({}, "issuer"), ({"jwks_url": "http://keycloak:8080/k"}, "jwks_url"),
                                          ({"discovery_url": "http://keycloak:8080/d"}, "discovery_url"),
                                          ({"preset": "keycloak", "issuer": "http://keycloak:8080/realms/main"}, "jwks_url"),
                                          ({"preset": "cognito", "issuer": "http://keycloak:8080/local_1"}, "jwks_url")], ids=str)
def test_plain_http_beyond_this_machine_is_a_choice_and_is_warned_of(tmp_path, more, option):
    issuer = {"issuer": "http://keycloak:8080", **more}
    for refused in (checked(tmp_path, **issuer), checked(tmp_path, **issuer, allow_http=False)):
        assert refused.returncode == 2
        assert (f"authorization.issuers[0].{option}: " in refused.stdout + refused.stderr
                and "' is plain http to another machine, where an attacker could replace the keys; use https or, in a trusted "
                    "network, allow_http: true" in refused.stdout + refused.stderr)
    allowed = checked(tmp_path, **issuer, allow_http=True)
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert "its keys come over plain http from 'http://keycloak:8080" in allowed.stdout + allowed.stderr
    assert "(allow_http): an attacker on the network can replace them and sign tokens" in allowed.stdout + allowed.stderr


@pytest.mark.parametrize("issuer", [{"issuer": "https://id.example"}, {"issuer": "http://127.0.0.1:8080"},
                                    {"issuer": "http://keycloak:8080", "jwks_url": "https://keycloak/k"}], ids=str)
def test_allow_http_without_plain_http_is_silent(tmp_path, issuer):
    done = checked(tmp_path, **issuer, allow_http=True)
    assert done.returncode == 0 and "plain http" not in done.stdout + done.stderr


@pytest.mark.skipif(own_address() is None, reason="this machine has no address but loopback")
def test_an_issuer_over_plain_http_is_served_and_the_start_warns(serve):
    issuer = KeyServer(own_address())
    try:
        server = serve(config(authorization={"issuers": [{"issuer": issuer.url, "audience": "test-os", "allow_http": True}]}))
        assert server.get("/agents", headers=issuer.bearer()).status_code == 200
        assert issuer.requests == ["/.well-known/openid-configuration", "/jwks"]
        assert f"its keys come over plain http from '{issuer.url}'" in server.log
    finally:
        issuer.stop()


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "2130706433", "100.100.100.200"])
def test_allow_http_opens_no_address_that_may_not_be_called(serve, address):
    server = serve(config(authorization={"issuers": [{"issuer": f"http://{address}:9", "audience": "test-os", "allow_http": True}]}))
    issuer = KeyServer()
    try:
        issuer.url = f"http://{address}:9"
        assert server.get("/agents", headers=issuer.bearer()).status_code == 401
        assert "the host's address is not one that may be called" in server.log
    finally:
        issuer.stop()
