"""The audit log of a real file is emptied, cut off and sealed with another key, and adopted."""
from agentos import ADMIN, bearer, cli
from test_observe import edit, flooded, verify
from test_service_accounts import ask


def account(server, name):
    return ask(server, name, scopes=["agents:read"], headers=bearer(sub="admin-1", scopes=ADMIN))


def adopt(server, *arguments):
    return cli("db", "adopt", "--config", server.file, *arguments)


# attacks: the audit log emptied, cut off or put back
def test_an_emptied_log_is_told_also_after_the_server_went_on(serve):
    server = flooded(serve)
    assert (server.folder / "test.db.state.mark").stat().st_mode & 0o777 == 0o600
    edit(server, "DELETE FROM audit", "DELETE FROM audit_head")
    done = verify(server)
    assert done.returncode == 1
    assert done.stderr == "agentos: the log was emptied: the last 3 rows are missing\n"
    server.start()
    assert account(server, "ci").status_code == 201  # recorded in what there is
    server.terminate()
    assert server.wait() == 0
    done = verify(server)
    assert done.returncode == 1 and done.stderr == "agentos: the end was cut off: the last 2 rows are missing\n"
    assert adopt(server).returncode == 2 and adopt(server, "--reason", "").returncode == 2
    done = adopt(server, "--reason", "emptied by mistake")
    assert done.returncode == 0, done.stderr
    done = verify(server)
    assert done.returncode == 0
    assert done.stdout == ("1 rows, none changed, removed or reordered\n"
                           "rows up to 3 were removed or adopted, and are not checked\n")
    server.start()
    rows = server.get("/authz/audit", headers=bearer(scopes=ADMIN)).json()["data"]
    assert rows[0]["action"] == "audit adopted" and rows[0]["actor"].startswith("system:")
    assert rows[0]["after"] == {"reason": "emptied by mistake", "rows": 1, "marked": 3}


def test_with_another_key_nothing_is_changed_until_the_log_is_adopted(serve):
    server = flooded(serve)
    (server.folder / "test.db.audit-key").write_text("z" * 64)
    server.start()
    answer = account(server, "ci")
    assert answer.status_code == 503
    assert answer.json() == {"detail": "Nothing can be recorded in the audit log: "
                                       "the end was changed or sealed with another key"}
    assert server.get("/service-accounts", headers=bearer(scopes=ADMIN)).json()["data"] == []
    done = adopt(server, "--reason", "the key was lost")
    assert done.returncode == 2 and "in use by the process" in done.stderr  # the server has it
    server.terminate()
    assert server.wait() == 0
    assert adopt(server, "--reason", "the key was lost").returncode == 0
    server.start()
    assert account(server, "ci").status_code == 201
    assert verify(server).returncode == 0


def test_the_mark_can_be_elsewhere(serve, tmp_path):
    mark = tmp_path / "elsewhere.mark"
    server = flooded(serve, audit={"mark": str(mark)})
    assert mark.exists() and not list(server.folder.glob("*.state.mark"))
    assert verify(server).returncode == 0
    mark.unlink()
    done = verify(server)
    assert done.returncode == 1 and f"the mark '{mark}' is missing" in done.stderr
    server.start()
    done = verify(server)
    assert done.returncode == 0 and done.stdout.startswith("4 rows"), done.stdout  # one says that there was none
