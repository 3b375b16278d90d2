"""Replays recorded transcripts of the reference against our server and says, field by field, what
differs. What may differ is not decided here: see golden_lists.py."""
import base64
import json
import os
import re
import statistics
import time
from pathlib import Path

import jwt

import agentos
from golden_lists import DIFFERENT, EXTRA_HEADERS, FLOWS, VOLATILE, everywhere

FOLDER = Path(os.environ.get("AGENTOS_GOLDEN", agentos.ROOT.parent / "shared" / "spec" / "golden"))
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PLACEHOLDER = re.compile(r"<jwt (\{.*?\})>")
ACCOUNT_TOKEN = re.compile(r"agno_pat_[0-9A-Za-z]{7,43}")
COMPACT_JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
# Headers of the connection, not of the contract.
TRANSPORT = {"server", "date", "content-length", "connection", "keep-alive", "transfer-encoding"}
TIMES = ("iat", "exp", "nbf")

# The recordings hide how a token was made wrong; the entry's name says it.
WRONG_TOKENS = {
    "wrong key": lambda claims: agentos.mint(secret="another-secret-0123456789-0123456789", **claims),
    "wrong alg": lambda claims: agentos.mint(secret=agentos.SECRET * 2, algorithm="HS512", **claims),
    "alg none": lambda claims: jwt.encode(claims, None, algorithm="none"),
    "exp not a number": lambda claims: agentos.mint(**{**claims, "exp": str(claims["exp"])}),
}


def transcript(flow):
    """The entries of a flow; a WebSocket conversation may be named as a request is."""
    entries = json.loads((FOLDER / f"{flow}.json").read_text())
    requests = {entry["name"] for entry in entries if "request" in entry}
    for entry in entries:
        if "request" not in entry and entry["name"] in requests:
            entry["name"] += " (WebSocket)"
    return entries


def claims_in(text):
    """Every set of claims that a header value holds, as a placeholder or as a whole token."""
    found = [(match.group(0), json.loads(match.group(1))) for match in PLACEHOLDER.finditer(text)]
    for match in COMPACT_JWT.finditer(text):
        part = match.group(0).split(".")[1]
        found.append((match.group(0), json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))))
    return found


class Replay:
    """One flow against one server; recorded run and session ids are translated into ours."""

    def __init__(self, flow, server):
        self.flow, self.server, self.ids = flow, server, {}
        times = [claims["iat"] for entry in transcript(flow) if "request" in entry
                 for value in entry["request"]["headers"].values()
                 for _, claims in claims_in(value) if "iat" in claims]
        # When most of its tokens were made: one that was made at start is older, a wrong one newer.
        self.recorded_at = statistics.mode(times) if times else int(time.time())

    def token(self, name, claims):
        ordinary = claims.get("exp", 0) - claims.get("iat", 0) == 3600  # minted for this very request
        shift = int(time.time()) - (claims["iat"] if ordinary else self.recorded_at)
        claims = {key: value + shift if key in TIMES else value for key, value in claims.items()}
        for absent in TIMES[:2] + ("sub", "scopes"):
            claims.setdefault(absent, ...)
        if name in WRONG_TOKENS:
            return WRONG_TOKENS[name]({k: v for k, v in claims.items() if v is not ...})
        return agentos.mint(**claims)

    def translate(self, text):
        for made in (UUID, ACCOUNT_TOKEN):
            text = made.sub(lambda match: self.ids.get(match.group(0), match.group(0)), text)
        return text

    def send(self, entry):
        request = entry["request"]
        headers = dict(request["headers"])
        for name, value in headers.items():
            for text, claims in claims_in(value):
                value = value.replace(text, self.token(entry["name"], claims))
            headers[name] = self.translate(value)
        body = request["body"]
        if isinstance(body, str):
            body = self.translate(body).encode("utf-8", "surrogateescape")
        elif body is not None:
            body = self.translate(json.dumps(body)).encode()
        url = self.server.url + self.translate(request["path"])
        prepared = self.server.http.build_request(request["method"], url, headers=headers, content=body)
        for name in ("user-agent", "accept-encoding"):
            del prepared.headers[name]
        return self.server.http.send(prepared)

    def outcome(self, entry):
        """What differs from the recording, as a list of sentences; empty: nothing."""
        if "request" not in entry:
            return ["a WebSocket conversation, which is not replayed"]
        recorded = json.loads(json.dumps(entry["response"]))
        recorded["headers"] = dict(recorded["headers"])
        change = DIFFERENT.get(self.flow, {}).get(entry["name"])
        if change is not None:
            recorded = change(recorded) or recorded
        everywhere(entry["request"], recorded)
        try:
            ours = self.send(entry)
        except Exception as fault:  # a server that does not answer is an outcome too
            return [f"no answer: {fault!r}"]
        return self.compare(recorded, ours)

    def compare(self, recorded, ours):
        faults = []
        if ours.status_code != recorded["status"]:
            return [f"status {ours.status_code}, not {recorded['status']}: {ours.text[:300]}"]
        faults += self.headers(recorded, ours)
        if "events" in recorded:
            faults += self.events(recorded["events"], ours.text)
        elif "json" in recorded:
            faults += self.json_body(recorded["json"], ours.text)
        elif recorded.get("text") is not None and ours.text != recorded["text"]:
            faults.append(f"text {ours.text[:80]!r}, not {recorded['text'][:80]!r}")
        return faults

    def headers(self, recorded, ours):
        wanted = {name: value for name, value in recorded["headers"].items() if name not in TRANSPORT}
        for applies, extra in EXTRA_HEADERS:
            if applies(recorded):
                wanted.update(extra)
        got = {name.lower(): value for name, value in ours.headers.items() if name.lower() not in TRANSPORT}
        faults = [f"header {name} missing" for name in wanted if name not in got]
        faults += [f"header {name} not expected" for name in got if name not in wanted]
        faults += [f"header {name}: {got[name]!r}, not {value!r}" for name, value in wanted.items()
                   if name in got and value is not ... and got[name] != value]
        return faults

    def json_body(self, recorded, text):
        try:
            ours = json.loads(text)
        except ValueError:
            return [f"not JSON: {text[:80]!r}"]
        faults = self.value("", recorded, ours)
        if json.dumps(ours, separators=(",", ":"), ensure_ascii=False) != text and not re.search(r"\d\.\d|\de", text):
            faults.append("the JSON is not compact, or escapes what it need not")
        return faults

    def events(self, recorded, text):
        ours = agentos.parse_sse(text)
        if recorded and isinstance(recorded[0], str):  # recorded by name only
            recorded, ours = [{"event": name, "data": None} for name in recorded], [(name, None) for name, _ in ours]
        names, wanted = [name for name, _ in ours], [event["event"] for event in recorded]
        if names != wanted:
            return [f"events {names}, not {wanted}"]
        faults = []
        for at, (event, (name, data)) in enumerate(zip(recorded, ours)):
            faults += self.value(f"{name}[{at}]", event["data"], data)
        return faults

    def value(self, where, recorded, ours, key=None):
        if key in VOLATILE:
            return [] if type(recorded) is type(ours) or {type(recorded), type(ours)} == {int, float} else [
                f"{where}: {ours!r} is no {type(recorded).__name__}"]
        for made in (UUID, ACCOUNT_TOKEN):
            if isinstance(recorded, str) and isinstance(ours, str) and made.fullmatch(recorded) and made.fullmatch(ours):
                return self.identity(where, recorded, ours)
        if type(recorded) is not type(ours):
            return [f"{where}: {json.dumps(ours)[:120]}, not {json.dumps(recorded)[:120]}"]
        if isinstance(recorded, dict):
            faults = [f"{where}: keys {list(ours)}, not {list(recorded)}"] if list(recorded) != list(ours) else []
            for name in recorded:
                if name in ours:
                    faults += self.value(f"{where}.{name}", recorded[name], ours[name], name)
            return faults
        if isinstance(recorded, list):
            if len(recorded) != len(ours):
                return [f"{where}: {len(ours)} items, not {len(recorded)}"]
            return [fault for at, (a, b) in enumerate(zip(recorded, ours)) for fault in self.value(f"{where}[{at}]", a, b)]
        return [] if recorded == ours else [f"{where}: {json.dumps(ours)[:200]}, not {json.dumps(recorded)[:200]}"]

    def identity(self, where, recorded, ours):
        """A generated id: any will do, but the same one wherever the recording repeats it."""
        known = self.ids.setdefault(recorded, ours)
        return [] if known == ours else [f"{where}: id {ours}, but it was {known} before"]


def replay(flow, folder):
    """The outcome of every entry of a flow, in order: {name: [fault]}. Entries of `others` were recorded
    from a server of another configuration."""
    options = FLOWS[flow]
    others = options.get("others", {})
    server = agentos.Server(folder, options["config"])
    try:
        player = None
        for earlier in options.get("after", []):
            player = Replay(earlier, server)
            for entry in transcript(earlier):
                player.outcome(entry)
        ids = player.ids if player else {}
        player = Replay(flow, server)
        player.ids.update(ids)
        outcomes = {entry["name"]: player.outcome(entry) for entry in transcript(flow) if entry["name"] not in others}
    finally:
        server.stop()
    for name, config in others.items():
        server = agentos.Server(folder / name.replace(" ", "-").replace(":", ""), config)
        try:
            entry = next(entry for entry in transcript(flow) if entry["name"] == name)
            outcomes[name] = Replay(flow, server).outcome(entry)
        finally:
            server.stop()
    return outcomes
