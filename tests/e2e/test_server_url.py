"""Which server the commands talk to: --url, AGENTOS_URL, or the one of this machine; and URLs that are not a server's."""
import pytest

from agentos import ADMIN, cli, config, mint

COMMANDS = [("token", "list"), ("token", "list", "--json"), ("token", "create", "x"), ("token", "revoke", "nobody")]


@pytest.fixture(scope="module")
def token():
    return mint("admin-1", ADMIN)


@pytest.fixture
def kept(serve):
    return serve(config(database="sqlite:data/agentos.db"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_url_comes_from_the_environment(kept, token, command):
    done = cli(*command, env={"AGENTOS_URL": kept.url + "/", "AGENTOS_TOKEN": token})
    assert done.returncode == (1 if "nobody" in command else 0), done.stderr
    assert "nobody" not in command or f"{kept.url} has no active service account 'nobody'" in done.stderr


def test_the_option_goes_before_the_environment(kept, token):
    done = cli("token", "list", "--url", kept.url, env={"AGENTOS_URL": "http://127.0.0.1:1", "AGENTOS_TOKEN": token})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("env", [{}, {"AGENTOS_URL": ""}], ids=["unset", "empty"])
def test_without_either_it_is_the_server_of_this_machine(token, env):
    done = cli("token", "list", env={"AGENTOS_TOKEN": token, **env})
    assert done.returncode == 1 and "http://127.0.0.1:7777" in done.stderr


@pytest.mark.parametrize("url, sentence", [
    ("http://os.example.com", "agentos: AGENTOS_URL: 'http://os.example.com' would send the token unencrypted to another "
     "machine; use https, or give --allow-http\n"),
    ("os.example.com", "agentos: AGENTOS_URL"),
    ("http://127.0.0.1:7777/?x=1", "agentos: AGENTOS_URL: 'http://127.0.0.1:7777/?x=1' has a query\n"),
])
def test_a_bad_url_of_the_environment_is_named_as_such(token, url, sentence):
    done = cli("token", "list", env={"AGENTOS_URL": url, "AGENTOS_TOKEN": token})
    assert done.returncode == 2 and sentence in done.stderr


def test_health_asks_the_server_of_the_environment(kept, tmp_path):
    assert cli("health", env={"AGENTOS_URL": kept.url}, cwd=tmp_path).stdout == "ready\n"
    assert cli("health", env={"AGENTOS_URL": "http://127.0.0.1:1"}, cwd=kept.folder).returncode == 1


@pytest.mark.parametrize("path", ["/agents", "/agents/", "/agents/echo", "/service-accounts"])
def test_a_url_with_the_path_of_a_route_is_told(kept, token, path):
    done = cli("token", "list", "--url", kept.url + path, env={"AGENTOS_TOKEN": token})
    assert done.returncode == 1 and "answered 40" in done.stderr
    assert done.stderr.endswith("; --url takes the URL of the server, without the path of a route\n")
