"""One user's session state in another's run: agno kept a default in the agent, and under load whoever came next
got what was left in it (CVE-2025-64168). run_prepare() reads the state of the caller's own session into the run's own
arena; an agent is shared and holds none."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from agentos import ADMIN, RUNNER, bearer


def run_as(server, user, session=None, **state):
    import json
    form = {"session_state": json.dumps(state)} if state else {}
    if session:
        form["session_id"] = session
    return server.run(f"I am {user}", headers=bearer(sub=user, scopes=RUNNER), **form)


def test_states_of_many_users_at_once_stay_their_own(server):
    def one(n):
        user = f"user-{n % 16}-{n}"
        first = run_as(server, user, mine=user, n=n)
        assert first["session_state"] == {"mine": user, "n": n}
        again = run_as(server, user, first["session_id"], more=True)
        assert again["session_state"] == {"mine": user, "n": n, "more": True}
        plain = run_as(server, user)  # a session of its own begins with nothing
        assert not plain.get("session_state")
        return first["session_id"], user

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(one, range(96)))
    assert len({session for session, _ in made}) == len(made)
    for session, user in made[::8]:
        got = server.get(f"/sessions/{session}", headers=bearer(scopes=ADMIN)).json()
        assert got["session_state"]["mine"] == user and got["user_id"] == user


def test_anothers_state_is_out_of_reach(server):
    session = run_as(server, "ann", secret="ann's")["session_id"]
    answer = server.post("/agents/echo/runs", headers=bearer(sub="bob", scopes=RUNNER),
                         data={"message": "x", "stream": "false", "session_id": session})
    assert answer.status_code == 404 and "ann's" not in answer.text


@pytest.mark.parametrize("agent", ["echo", "plain"])
def test_a_failed_run_leaves_nothing_behind(server, agent):
    server.post(f"/agents/{agent}/runs", headers=bearer(sub="ann", scopes=RUNNER),
                data={"message": "/fail now", "stream": "false", "session_state": '{"left":"over"}'})
    after = server.run("hello", agent=agent, headers=bearer(sub="bob", scopes=RUNNER))
    assert not after.get("session_state")
