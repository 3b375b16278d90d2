"""The rows of authorization: what it costs, how little it grows, and what a flood of bad tokens does
to good callers. What a request costs inside is measured by bench/authorize_load in one process, what
others feel by bench/paced_load against a server."""
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

COOL_DOWN_S = 30     # LEARN_PAUSE_S of src/auth/keys/key_life.h
FLOOD = 10_000       # tokens a second
GOOD = 500           # requests a second, of the callers whose latency counts
FLOOD_S, CALM_S = 34, 5


def load(bench, part, *options):
    """The lines that authorize_load prints for one part."""
    said = subprocess.run([str(bench.build / "bench/authorize_load"), *map(str, options), part],
                          capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


# --- inside one process ---

def cost(bench, rounds):
    one, = load(bench, "warm", "--rounds", rounds)
    bench.row("authorization, warm (RS256)", "", f"{one['warm_us']:.2f} us CPU", "", "<= 3 us")
    bench.row("... cold", "", f"{one['cold_us']:.1f} us CPU")


def growth(bench, rounds):
    for pair in load(bench, "growth", "--rounds", rounds):
        bench.row(f"{pair['name']}, {pair['how']}", "", f"{pair['small_us']:.2f} -> {pair['large_us']:.2f} us",
                  f"{pair['ratio']:.2f} x", "<= 1.20 x")


def worst(bench, rounds):
    for pair in load(bench, "worst", "--rounds", rounds):
        bench.row(f"{pair['name']}, cold", "", f"{pair['small_us']:.1f} -> {pair['large_us']:.1f} us",
                  f"{pair['ratio']:.1f} x")


def distinct(bench, count):
    got, = load(bench, "million", "--tokens", count)
    full, most = (got[name] - got["before_kb"] for name in ("full_kb", "most_kb"))
    bench.row(f"{count:,} distinct tokens", "", f"{most / 1024:,.1f} MB at most", f"{most / full:.2f} x",
              f"as {got['bound']:,}: {full / 1024:,.1f} MB")


# --- a flood ---

class KeyServer:
    """An issuer's key set on loopback, and when it was asked for it."""

    def __init__(self):
        outer, self.asked = self, []
        self.key = rsa.generate_private_key(65537, 2048)
        jwk = {**json.loads(RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "one", "alg": "RS256", "use": "sig"}
        body = json.dumps({"keys": [jwk]}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(time.monotonic())
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def mint(self):
        now = int(time.time())
        return jwt.encode({"iss": self.url, "sub": "good", "aud": "bench-os", "iat": now, "exp": now + 3600,
                           "scopes": ["agents:read"]}, self.key, algorithm="RS256", headers={"kid": "one"})


def paced(bench, server, rate, seconds, connections, *token):
    return subprocess.Popen([str(part) for part in (
        bench.build / "bench/paced_load", "--port", server.port, "--rate", rate, "--seconds", seconds,
        "--connections", connections, *token)], stdout=subprocess.PIPE, text=True)


def result(process):
    said, _ = process.communicate(timeout=120)
    return json.loads(said)


def among(bench, server, token, seconds, *others):
    """What good callers feel, and how the others fared; the server's CPU for one request of either."""
    before = bench.cpu_s(server)
    crowd = paced(bench, server, FLOOD, seconds, 64, *others) if others else None
    good = result(paced(bench, server, GOOD, seconds, 4, *token))
    crowd = result(crowd) if crowd else {"answers": 0}
    crowd["cpu_us"] = (bench.cpu_s(server) - before) * 1e6 / (good["answers"] + crowd["answers"])
    return good, crowd


def wait_for_keys(bench, server, token):
    while result(paced(bench, server, 1, 1, 1, *token))["accepted"] != 1:
        pass


def flood(bench):
    keys = KeyServer()
    (bench.folder / "good").write_text(keys.mint())
    token = ("--token-file", bench.folder / "good")
    server = bench.ours("flood", authorization={"issuers": [{"issuer": keys.url, "audience": "bench-os",
                                                             "jwks_url": keys.url + "/jwks"}]})
    try:
        wait_for_keys(bench, server, token)
        calm, _ = among(bench, server, token, CALM_S)
        busy, warm = among(bench, server, token, CALM_S, *token)
        before, began = len(keys.asked), time.monotonic()
        good, bad = among(bench, server, token, FLOOD_S, "--strangers-of", keys.url)
        fetches, took = len(keys.asked) - before, time.monotonic() - began
        bench.row("flood of unknown kids", "", f"{bad['refused'] / bad['answers'] * bad['rate']:,.0f} refused/s",
                  f"{fetches} fetches in {took:.0f} s", f"<= {1 + int(took / COOL_DOWN_S)}")
        bench.row("... CPU a request", "", f"{warm['cpu_us']:.1f} us good, {bad['cpu_us']:.1f} us bad")
        for percent in ("p50", "p99"):
            alone, crowd, flooded = (each[f"{percent}_us"] for each in (calm, busy, good))
            bench.row(f"... good callers, {percent}", "", f"{alone:,} -> {flooded:,} us", f"{flooded / alone:.2f} x",
                      "<= 2 x")
            bench.row(f"... beside as many good ones, {percent}", "", f"{crowd:,} -> {flooded:,} us",
                      f"{flooded / crowd:.2f} x")
        if good["accepted"] != good["answers"]:
            bench.notes.append(f"flood: {good['answers'] - good['accepted']} good callers were not answered 200")
    finally:
        server.stop()
        keys.server.shutdown()


def rows(bench):
    rounds = 41 if bench.is_quick else 201
    cost(bench, rounds)
    growth(bench, rounds)
    worst(bench, 11 if bench.is_quick else 41)
    distinct(bench, 100_000 if bench.is_quick else 1_000_000)
    if not bench.is_quick:
        flood(bench)
