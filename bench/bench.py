"""The benchmark table: this server beside agno's, measured in one run on one machine over plain HTTP.

Requests are made by wrk, streams by bench/sse_load, and what a model would say comes from the offline
model or from bench/fake_provider. CPU is what the kernel counted for the server's process, so the
load generators beside it do not count. Figures are printed as measured; nothing is a test."""
import argparse
import atexit
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jwt

import against
import authorization
import cold
import long_session
import peers
import sessions

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
WORDS = " ".join(f"word{n}" for n in range(48))  # "Echo:" and these are 49 pieces


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


class Process:
    """A server under load; ready when its port accepts."""

    def __init__(self, command, port, log, **named):
        self.port = port
        began = time.monotonic()
        with open(log, "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, **named)
        self.pid = self.process.pid
        atexit.register(self.process.kill)  # whatever happens, nothing is left running
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() - began > 60:
                    sys.exit(f"{command[0]} did not start:\n{Path(log).read_text()[-2000:]}")
                time.sleep(0.001)
        self.start_s = time.monotonic() - began

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bench:
    def __init__(self, arguments, folder):
        self.build = Path(arguments.build).resolve()
        self.binary = self.build / "agentos"
        self.seconds, self.folder = arguments.seconds, Path(folder)
        self.loops, self.streams, self.is_quick = arguments.loops, arguments.streams, arguments.quick
        self.rows, self.notes = [], []
        keys = self.folder / "keys"
        subprocess.run([self.binary, "keys", "generate", "--out", keys], check=True, capture_output=True)
        now = int(time.time())
        self.token = jwt.encode({"sub": "bench", "scopes": ["agents:read", "agents:run", "sessions:read"], "iat": now, "exp": now + 7200},
                                (keys / "private.pem").read_text(), algorithm="RS256")
        (self.folder / "token").write_text(self.token)

    # --- the servers ---

    root, process, free_port = ROOT, Process, staticmethod(free_port)

    def ours(self, name, **more):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        options = {
            "id": "bench-os", "database": "sqlite:bench.db", "log": {"level": "warning"},
            "agents": [{"id": "echo", "name": "Echo", "model": "offline:echo"}],
            "authorization": {"enabled": True, "verification_keys": [{"file": str(self.folder / "keys/public.pem")}]}, **more}
        (folder / "agentos.yaml").write_text(json.dumps(options))
        port = free_port()
        command = [self.binary, "serve", "--config", folder / "agentos.yaml", "--port", port]
        return Process(command + (["--loops", self.loops] if self.loops else []), port, folder / "log", cwd=folder)

    def agno(self):
        port = free_port()
        return Process([ROOT / ".venv-agno3/bin/python", ROOT / "bench/agno_server.py", port,
                        self.folder / "keys/public.pem", self.folder / "agno.db"], port, self.folder / "agno.log")

    def provider(self, *arguments):
        port = free_port()
        return Process([self.build / "bench/fake_provider", "--port", port, *arguments], port, self.folder / "provider.log")

    # --- the load ---

    @staticmethod
    def cpu_s(server):
        return cpu_s(server.pid)

    @staticmethod
    def resident_kb(server):
        return resident_kb(server.pid)

    @staticmethod
    def status(server, path, token):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        status = connection.getresponse().status
        connection.close()
        return status

    def wrk(self, server, path, body=None, connections=32, warm=True):
        if warm:  # None: measured at once
            self.wrk(server, path, body, connections, warm=False)
        seconds = self.seconds if warm is not False else 1
        command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s"]
        command += ["-s", ROOT / "bench/post.lua"] if body else ["-H", f"Authorization: Bearer {self.token}"]
        before = cpu_s(server.pid)
        said = subprocess.run([*command, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True,
                              env={**os.environ, "BENCH_BODY": body or "", "BENCH_TOKEN": self.token}).stdout
        cpu = cpu_s(server.pid) - before
        count = int(re.search(r"(\d+) requests in", said).group(1))
        if bad := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
            self.notes.append(f"{path}: {bad.group(1)} of {count} answers were refusals")
        return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)), "cpu_us": cpu * 1e6 / max(count, 1),
                "count": max(count, 1)}

    def sse(self, port, *arguments, begun=None):
        """Runs sse_load; `begun` is called once all its streams have had their first word."""
        process = subprocess.Popen([str(part) for part in (self.build / "bench/sse_load", "--port", port, "--token-file",
                                                           self.folder / "token", *arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if begun and "all streams have begun" in process.stderr.readline():
            begun()
        said, faults = process.communicate()
        if not said:
            sys.exit(f"sse_load: {faults}")
        return json.loads(said)

    def stream(self, server, streams, seconds):
        return self.sse(server.port, "--body", f"message={WORDS.replace(' ', '+')}", "--streams", streams, "--seconds", seconds)

    def events(self, server, streams):
        warming = self.stream(server, streams, 1)
        before = cpu_s(server.pid)
        got = self.stream(server, streams, self.seconds)
        return {"rate": got["events"] / got["seconds"], "cpu_us": (cpu_s(server.pid) - before) * 1e6 / max(got["events"], 1),
                "failed": got["failed"], "all_events": warming["events"] + got["events"]}

    # --- the table ---

    def row(self, name, agno, ours, ratio="", target=""):
        self.rows.append((name, agno, ours, ratio, target))

    def compare(self, name, agno, ours, target, unit="/s"):
        self.row(name, f"{agno:,.0f}{unit}", f"{ours:,.0f}{unit}", f"{ours / agno:,.0f} x" if agno else "", target)

    def requests(self):
        agno, ours = self.agno(), self.ours("requests")
        try:
            self.row("start", f"{agno.start_s * 1000:,.0f} ms", f"{ours.start_s * 1000:,.0f} ms",
                     f"{agno.start_s / ours.start_s:,.0f} x", "<= 50 ms")
            self.row("idle, resident", f"{resident_kb(agno.pid) / 1024:,.0f} MB", f"{resident_kb(ours.pid) / 1024:,.1f} MB",
                     f"{resident_kb(agno.pid) / resident_kb(ours.pid):,.0f} x", "<= 15 MB")
            theirs = self.wrk(agno, "/agents")
            health, agents = self.wrk(ours, "/health"), self.wrk(ours, "/agents")
            self.compare("GET /agents, RS256, warm", theirs["rate"], agents["rate"], ">= 100 x")
            self.row("... CPU a request", f"{theirs['cpu_us']:,.0f} us", f"{agents['cpu_us']:,.1f} us",
                     f"{theirs['cpu_us'] / agents['cpu_us']:,.0f} x")
            self.row("... beside /health", "", f"{health['cpu_us']:,.1f} us", f"{agents['cpu_us'] / health['cpu_us']:.2f} x",
                     "<= 1.25 x")
            form = "message=hello&stream=false"
            runs = [self.wrk(agno, "/agents/echo/runs", form, connections=8), self.wrk(ours, "/agents/echo/runs", form)]
            self.compare("runs, SQLite", runs[0]["rate"], runs[1]["rate"], ">= 30 x")
            events = [self.events(agno, 8), self.events(ours, 32)]
            self.compare("streamed events", events[0]["rate"], events[1]["rate"], ">= 100 x")
            self.row("... CPU an event", f"{events[0]['cpu_us']:,.0f} us", f"{events[1]['cpu_us']:,.2f} us",
                     f"{events[0]['cpu_us'] / events[1]['cpu_us']:,.0f} x", ">= 50 x")
            for name, got in zip(("agno", "ours"), events):
                if got["failed"]:
                    self.notes.append(f"streamed events, {name}: {got['failed']} runs failed")
        finally:
            agno.stop()
            ours.stop()

    def through_provider(self, name, provider):
        return self.ours(name, models={"fake": {"provider": "openai", "base_url": f"http://127.0.0.1:{provider.port}/v1",
                                                "api_key": "x", "timeout_s": 300}},
                         agents=[{"id": "echo", "name": "Echo", "model": "fake:fake"}])

    DIRECT = ["--path", "/v1/responses", "--type", "application/json", "--body", '{"model":"fake","input":"hi","stream":true}',
              "--first", "response.output_text.delta", "--last", "response.completed"]

    def provider_ceiling(self):
        provider = self.provider("--deltas", 50, "--first-ms", 0, "--interval-ms", 0)
        ours = self.through_provider("ceiling", provider)
        try:
            direct = self.sse(provider.port, *self.DIRECT, "--streams", 32, "--seconds", self.seconds)
            before = cpu_s(ours.pid)
            got = self.sse(ours.port, "--body", "message=hi", "--streams", 32, "--seconds", self.seconds)
            self.row("events through a provider", f"{direct['events'] / direct['seconds']:,.0f}/s (provider alone)",
                     f"{got['events'] / got['seconds']:,.0f}/s", f"{(cpu_s(ours.pid) - before) * 1e6 / got['events']:.2f} us CPU")
        finally:
            ours.stop()
            provider.stop()

    def first_token(self):
        provider = self.provider("--deltas", 20, "--first-ms", 0, "--interval-ms", 50)  # a timer's tick would hide what is added
        ours = self.through_provider("first", provider)
        try:
            load = ["--streams", 200, "--seconds", self.seconds, "--ramp-ms", 1000]  # a run takes one second
            direct = self.sse(provider.port, *self.DIRECT, *load)
            got = self.sse(ours.port, "--body", "message=hi", *load)
            for percent in ("p50", "p99"):
                alone, through = direct[f"first_{percent}_us"], got[f"first_{percent}_us"]
                self.row(f"first token, {percent}, 200 streams", f"{alone / 1000:.2f} ms (provider alone)",
                         f"{through / 1000:.2f} ms", f"{(through - alone) / 1000:+.2f} ms", {"p50": "<= +0.3 ms", "p99": "<= +1.5 ms"}[percent])
        finally:
            ours.stop()
            provider.stop()

    def many_streams(self):
        deltas = 15
        provider = self.provider("--deltas", deltas, "--first-ms", 1000, "--interval-ms", 2000)
        ours = self.through_provider("many", provider)
        sampled = {}

        def sample():
            sampled["kb"] = resident_kb(ours.pid)

        try:
            idle = resident_kb(ours.pid)
            got = self.sse(ours.port, "--body", "message=hi", "--streams", self.streams, begun=sample)
            expected = got["runs"] * (deltas + 5)
            self.row(f"{self.streams:,} streams at once", "", f"{got['runs']:,} completed, {got['failed']:,} failed",
                     f"{got['open_peak']:,} open", "all")
            self.row("... events delivered", "", f"{got['events']:,} of {expected:,}", "", "all")
            self.row("... resident a stream", "", f"{(sampled.get('kb', idle) - idle) / self.streams:,.1f} KB", "", "<= 26 KB")
        finally:
            ours.stop()
            provider.stop()

    PARTS = {"requests": requests, "ceiling": provider_ceiling, "first": first_token, "many": many_streams,
             "authorization": authorization.rows, "cold": cold.rows, "sessions": sessions.rows, "long-session": long_session.rows}

    def print(self, out=sys.stdout):
        head = ("", "agno 3.1.10", "agentos", "", "aim")
        widths = [max(len(row[at]) for row in [head, *self.rows]) for at in range(5)]
        for row in (head, tuple("-" * width for width in widths), *self.rows):
            print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), file=out)
        for note in self.notes:
            print(f"note: {note}", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build-bench", help="the build to measure")
    parser.add_argument("--loops", type=int, default=0, help="loops of our server (0: one a core)")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--streams", type=int, default=9500, help="how many at once")
    parser.add_argument("--only", action="append", choices=Bench.PARTS, help="one part; may be repeated")
    parser.add_argument("--quick", action="store_true", help="2 seconds each, 1,000 streams, no flood")
    parser.add_argument("--against", metavar="OLD", type=Path, help="another agentos binary: compare the two instead, in turns")
    parser.add_argument("--peers", action="store_true", help="compare with HAProxy and Envoy instead, in turns, one loop each")
    parser.add_argument("--envoy", metavar="PATH", help="with --peers: where Envoy is, if not in PATH")
    parser.add_argument("--rounds", type=int, default=8, help="with --against and --peers: of each, at least 8")
    parser.add_argument("--json", help="write the rows to this file too")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds, arguments.streams = 2, 1000
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        if arguments.against:
            sys.exit(against.compare(bench, arguments.against.resolve(), bench.binary, max(arguments.rounds, 8)) > 0)
        if arguments.peers:
            bench.loops = 1
            return peers.compare(bench, arguments.rounds, arguments.envoy)
        for name in arguments.only or Bench.PARTS:
            print(f"measuring: {name}", file=sys.stderr)
            Bench.PARTS[name](bench)
    print(f"{os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}, {arguments.seconds} s a measurement\n")
    bench.print()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(bench.rows, indent=1))


if __name__ == "__main__":
    main()
