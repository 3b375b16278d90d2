"""Dockerfile and compose.yaml, step by step in a chroot: no daemon and no registry is needed for that."""
import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml

from chroot import Chroot, why_impossible, why_not_for

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {"FROM", "WORKDIR", "COPY", "ARG", "RUN", "ENV", "EXPOSE", "VOLUME", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def stages():
    """[[(instruction, text)]]: the steps of each stage."""
    found = []
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        word, text = line.split(" ", 1)
        assert word in KNOWN, line
        if word == "FROM":
            found.append([])
        found[-1].append((word, text))
    return found


def only(steps, word):
    [text] = [text for name, text in steps if name == word]
    return text


def run_steps(chroot, steps, copy):
    """What a build does with them; copy(from, to) carries out COPY."""
    folder, variables = "/", []
    for word, text in steps:
        if word == "WORKDIR":
            folder = text
            (chroot.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word in ("ENV", "ARG"):
            variables.append(text)
        elif word == "RUN":
            chroot.run("env", "-C", folder, *variables, "sh", "-c", text, timeout=580)
        elif word == "COPY":
            *options, source, target = text.split()
            copy(options, source, chroot.root / target.lstrip("/") if target != "." else chroot.root / folder.lstrip("/"))


@pytest.fixture(scope="module")
def image(tmp_path_factory, packages):
    """The last stage, with the packages that were made already in the place of those of the first."""
    why = why_not_for("bookworm")
    if why:
        pytest.skip(why)
    chroot = Chroot("bookworm", tmp_path_factory.mktemp("image") / "root")

    def copy(options, source, target):
        assert options == ["--from=build"] and source.startswith("/out/")
        for path in packages.glob(source.removeprefix("/out/")):
            shutil.copy(path, target)

    run_steps(chroot, stages()[-1], copy)
    return chroot


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["agentos"]


@pytest.fixture
def container(image, tmp_path):
    """How compose.yaml runs the image: the words before a command, and what is mounted."""
    os.chmod(tmp_path, 0o755)
    subprocess.run([image.root / "usr/bin/agentos", "init", tmp_path / "os"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["chown", "-R", "1000:1000", tmp_path / "os"], check=True)  # whoever ran init, not the container's user
    subprocess.run(["cp", "-a", image.root / "srv/agentos/data", tmp_path / "data"], check=True)  # a new volume
    volumes = []
    for row in compose()["volumes"]:
        outside, inside, *mode = row.split(":")
        volumes.append((tmp_path / outside, inside, mode == ["ro"]))
        if outside != "data":
            (image.root / inside.lstrip("/")).parent.mkdir(exist_ok=True)
            (image.root / inside.lstrip("/")).touch()
    steps = stages()[-1]
    user, group = only(steps, "USER").split(":")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--bounding-set=-all", "--no-new-privs",
             "env", "-C", only(steps, "WORKDIR"), only(steps, "ENV"), f"AGENT_OS_PORT={port}"]
    return words, {"volumes": volumes, "read_only": compose()["read_only"]}


def test_the_image_has_no_key_and_no_package_lists(image):
    assert not list((image.root / "etc/agentos").rglob("*.pem")), "everybody would have the same"
    assert not list((image.root / "var/lib/apt/lists").glob("*Packages*"))
    assert not list((image.root / "tmp").iterdir())


def test_the_container_serves_on_a_read_only_root_and_says_that_it_is_healthy(image, container):
    words, mounts = container
    steps = stages()[-1]
    command = json.loads(only(steps, "ENTRYPOINT")) + json.loads(only(steps, "CMD"))
    check = json.loads(re.search(r"CMD (\[.*\])$", only(steps, "HEALTHCHECK"))[1])
    sick = image.run(*words, *check, ok=False, **mounts)
    assert sick.returncode == 1 and "connection refused" in sick.stdout
    with image.serve(*words, *command, **mounts) as served:
        done = image.run(*words, *check, **mounts)
        assert (done.returncode, done.stdout) == (0, "ready\n")
        key = mounts["volumes"][0][0].parent / "keys/private.pem"
        token = subprocess.check_output([image.root / "usr/bin/agentos", "token", "mint", "--key", key, "--sub", "ann",
                                         "--scope", "agents:run"], text=True).strip()
        request = urllib.request.Request(served.url + "/agents/echo/runs", data=b"message=Hello&stream=false",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["status"] == "COMPLETED"
    assert (mounts["volumes"][-1][0] / "agentos.db").is_file(), "what was said is in the volume"


def test_the_container_does_not_start_without_a_configuration_that_says_who_may_call(image, container):
    words, mounts = container
    done = image.run(*words, "agentos", "serve", ok=False, volumes=mounts["volumes"][2:], read_only=True)
    assert done.returncode == 2 and "0.0.0.0 is reachable from elsewhere" in done.stdout


def test_compose_gives_away_no_more_than_is_needed():
    service = compose()
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(str(port).startswith("127.0.0.1:") for port in service["ports"])
    assert not any("private" in row or row.startswith("./os:") for row in service["volumes"])
    assert not {"privileged", "network_mode", "pid", "user", "cap_add", "devices"} & set(service)
    health = only(stages()[-1], "HEALTHCHECK")
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(re.search(r"CMD (\[.*\])$", health)[1])]


def test_the_container_is_not_roots():
    user, group = map(int, only(stages()[-1], "USER").split(":"))
    assert user >= 1000 and group >= 1000
    assert all(name != "USER" for name, _ in stages()[0])


@pytest.mark.skipif(os.environ.get("AGENTOS_SLOW") != "yes", reason="the image's first stage is run by script/test --all")
def test_the_first_stage_makes_the_packages_in_a_bare_system(tmp_path):
    why = why_impossible()
    if why:
        pytest.skip(why)
    chroot = Chroot("bookworm", tmp_path / "build")
    ignored = (ROOT / ".dockerignore").read_text().split()

    def left_out(folder, names):
        """A pattern is about the top of the tree, but for one that begins with **/."""
        patterns = [pattern.removeprefix("**/") for pattern in ignored if folder == str(ROOT) or pattern.startswith("**/")]
        return {name for name in names for pattern in patterns if fnmatch.fnmatch(name, pattern)}

    def copy(options, source, target):
        assert (options, source) == ([], ".")
        shutil.copytree(ROOT, target, dirs_exist_ok=True, symlinks=True, ignore=left_out)

    run_steps(chroot, stages()[0], copy)
    assert len(list((chroot.root / "out").glob("agentos_*.deb"))) == 1
