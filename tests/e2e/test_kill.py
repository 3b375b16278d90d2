"""kill -9 while runs are being answered: whatever a client was told is COMPLETED is there afterwards."""
import threading
import time

import httpx

import agentos
from agentos import ADMIN, RUNNER, bearer, config

ROUNDS, CLIENTS = 4, 4


def run_until_killed(server, told, number):
    headers = bearer(sub=f"user-{number}", scopes=RUNNER)
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as client:
        for n in range(100000):
            session = f"k-{server.starts}-{number}-{n}"
            form = {"message": f"m{n}", "session_id": session, "stream": "true" if n % 2 else "false"}
            try:
                answer = client.post("/agents/echo/runs", headers=headers, data=form)
            except httpx.HTTPError:
                return
            if n % 2 == 0 and answer.json()["status"] == "COMPLETED":
                told.append((session, answer.json()["run_id"]))
            elif n % 2 and "event: RunCompleted" in answer.text:
                told.append((session, agentos.parse_sse(answer.text)[-1][1]["run_id"]))


def test_what_was_confirmed_survives_kill_9(serve):
    server = serve(config(database="sqlite:killed.db"))
    for round_number in range(ROUNDS):
        told = []
        threads = [threading.Thread(target=run_until_killed, args=(server, told, n)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(told) < 5 + 7 * round_number and time.monotonic() < deadline:
            time.sleep(0.005)
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        assert told
        admin = bearer(sub="root", scopes=ADMIN)
        for session, run_id in told:
            answer = server.get(f"/agents/echo/runs/{run_id}", params={"session_id": session}, headers=admin)
            assert answer.status_code == 200, f"{session}: {answer.text}"
            assert answer.json()["status"] == "COMPLETED"
