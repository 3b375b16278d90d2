"""The rows of cold verification: what it costs to check a token that nobody remembers, beside the
signature check alone by bare OpenSSL in the same process (bench/verify_load), and beside others.
libjwt and cjose check less: neither judges times, audience or issuer."""
import json
import subprocess
import time

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

AIMS = {"RS256": ">= 70 %", "ES256": ">= 85 %", "EdDSA": ">= 90 %"}


def percent(way):
    return f"{way['of_bare'] * 100:.0f} % of OpenSSL alone"


def said(way):
    return way.get("absent") or f"{way['us']:.1f} us"


def pyjwt_us(one, seconds):
    """The median of short rounds, the key read once."""
    key = one["key"] if one["alg"].startswith("HS") else load_pem_public_key(one["key"].encode())
    rounds, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.thread_time()
        for _ in range(20):
            jwt.decode(one["token"], key, algorithms=[one["alg"]], audience="bench-os",
                       issuer="https://id.example.com/realms/bench")
        rounds.append((time.thread_time() - began) * 1e6 / 20)
    return sorted(rounds)[len(rounds) // 2]


def rows(bench):
    rounds = 100 if bench.seconds < 5 else 400
    load = subprocess.run([str(bench.build / "bench/verify_load"), str(rounds)], capture_output=True, text=True, check=True)
    for one in map(json.loads, load.stdout.splitlines()):
        alg, ways = one["alg"], one["ways"]
        bench.row(f"cold verification, {alg}", f"{pyjwt_us(one, 1):,.0f} us (PyJWT)", said(ways["agentos"]),
                  percent(ways["agentos"]), AIMS.get(alg, ""))
        if "absent" not in ways["issuer"]:
            bench.row("... of a listed issuer", "", said(ways["issuer"]), percent(ways["issuer"]), AIMS.get(alg, ""))
        others = {f"OpenSSL's {one['bare']}": ways[one["bare"]], "libjwt": ways["libjwt"], "cjose": ways["cjose"]}
        bench.row("... others", "; ".join(f"{name} {said(way)}" for name, way in others.items()), "")
