"""limits.message and limits.answer: the longest message and answer of a run."""
import json

import pytest

from agentos import RUNNER, bearer, cli, config, parse_sse

KIB = 1024
PREFIX = len("Echo: ")


def ask(server, length, stream=False):
    return server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "m" * length, "stream": str(stream).lower()})


@pytest.mark.parametrize(("limits", "most"), [({}, 256 * KIB), ({"message": "1KiB"}, KIB), ({"message": 2000}, 2000),
                                              ({"message": "2MiB", "body": "3MiB"}, 2048 * KIB)], ids=str)
def test_a_message_may_be_as_long_as_the_limit(serve, limits, most):
    server = serve(config(limits=limits))
    longest = ask(server, most)
    assert (longest.status_code, longest.json()["content"]) == (200, "Echo: " + "m" * most)
    over = ask(server, most + 1)
    assert (over.status_code, over.json()) == (413, {"detail": f"message is longer than {most} bytes"})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("limits", "most"), [({"answer": "16KiB"}, 16 * KIB), ({"answer": "64KiB"}, 64 * KIB)], ids=str)
def test_an_answer_may_be_as_long_as_the_limit(serve, limits, most, stream):
    server = serve(config(limits=limits))
    for length, status in ((most - PREFIX, "COMPLETED"), (most - PREFIX + 1, "ERROR")):
        answer = ask(server, length, stream)
        assert answer.status_code == 200
        if not stream:
            got = answer.json()
            assert got["status"] == status and (len(got["content"]) == most) == (status == "COMPLETED")
            continue
        events = [event for _, event in parse_sse(answer.text)]
        names = [event["event"] for event in events]
        if status == "COMPLETED":
            assert names[-1] == "RunCompleted" and len(events[-1]["content"]) == most
        else:
            assert "RunError" in names and "too long" in json.dumps(events)


def test_the_longest_message_and_answer_are_read_together(serve):
    """A run of both at the most that the options allow fits into one answer."""
    server = serve(config(limits={"message": "2MiB", "answer": "5MiB", "body": "3MiB"}))
    run = ask(server, 2048 * KIB).json()
    read = server.get(f"/sessions/{run['session_id']}/runs", headers=bearer(scopes=RUNNER), params={"type": "agent"})
    assert read.status_code == 200 and read.json()[0]["content"] == run["content"]


@pytest.mark.parametrize(("limits", "sentence"), [
    ({"message": "2MiB"}, "limits.message: is more than limits.body, which a request must fit into; raise that too"),
    ({"message": "64KiB", "body": "32KiB"}, "limits.message: is more than limits.body, which a request must fit into; raise that too"),
    ({"message": "3MiB", "body": "8MiB"}, "limits.message: must be a size such as 512KiB or 2MiB, from 1024 to 2097152 bytes"),
    ({"answer": "6MiB"}, "limits.answer: must be a size such as 512KiB or 2MiB, from 16384 to 5242880 bytes"),
    ({"answer": 0}, "limits.answer: must be a size such as 512KiB or 2MiB, from 16384 to 5242880 bytes")], ids=str)
def test_limits_out_of_range_are_refused(tmp_path, limits, sentence):
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(limits=limits)))
    done = cli("config", "check", cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stdout


def test_a_small_body_alone_stays_allowed(tmp_path):
    """limits.message is 256KiB by default: only a written one is compared with limits.body."""
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(limits={"body": "16KiB"})))
    assert cli("config", "check", cwd=tmp_path).returncode == 0
