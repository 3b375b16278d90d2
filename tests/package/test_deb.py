"""The Debian package: what is in it, and that it installs, serves and goes away on a bare system."""
import json
import shutil
import stat
import subprocess
import urllib.request

import pytest

from chroot import release_here

RUN_TIME_PACKAGES = {"libc6", "libcurl4", "libfyaml0", "libjansson4", "libsqlite3-0", "libssl3", "libuv1"}


def field(deb, name):
    return subprocess.check_output(["dpkg-deb", "--field", deb, name], text=True).strip()


@pytest.fixture(scope="session")
def unpacked(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder], check=True)
    return folder


def test_the_package_needs_the_libraries_it_is_linked_to_and_no_other(deb):
    names = {part.split()[0] for part in field(deb, "Depends").split(", ")}
    assert {name.removesuffix("t64") for name in names} - {"libllhttp9.2"} == RUN_TIME_PACKAGES | {"passwd"}
    assert ("libllhttp9.2" in names) == (release_here() >= 13)  # Debian 12 has it as C source alone, which is linked in


def test_the_package_holds_these_files_and_no_other(unpacked):
    files = sorted(str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file())
    assert files == [
        "DEBIAN/conffiles", "DEBIAN/control", "DEBIAN/md5sums", "DEBIAN/postinst", "DEBIAN/postrm", "DEBIAN/prerm",
        "etc/agentos/agentos.yaml",
        "usr/bin/agentos",
        "usr/lib/systemd/system/agentos.service", "usr/lib/systemd/system/agentos.socket",
        "usr/share/bash-completion/completions/agentos",
        "usr/share/doc/agentos/changelog.gz", "usr/share/doc/agentos/copyright", "usr/share/doc/agentos/env.example",
        "usr/share/fish/vendor_completions.d/agentos.fish",
        "usr/share/man/man1/agentos.1.gz", "usr/share/man/man5/agentos.yaml.5.gz",
        "usr/share/zsh/vendor-completions/_agentos",
    ]


def test_everything_in_the_package_is_owned_by_root(deb):
    for line in subprocess.check_output(["dpkg-deb", "--contents", deb], text=True).splitlines():
        assert line.split()[1] == "root/root", line


def test_the_program_is_stripped_small_and_hardened(unpacked):
    program = unpacked / "usr/bin/agentos"
    sections = subprocess.check_output(["readelf", "--sections", "--dynamic", "--wide", program], text=True)
    assert ".symtab" not in sections and ".debug_info" not in sections
    assert "BIND_NOW" in sections and "PIE" in sections and "RPATH" not in sections and "RUNPATH" not in sections
    assert program.stat().st_size < 1_500_000


def test_the_configuration_is_what_init_writes_but_for_the_database(unpacked, tmp_path):
    program = unpacked / "usr/bin/agentos"
    subprocess.run([program, "init", tmp_path / "made"], check=True, stdout=subprocess.DEVNULL)
    written = (tmp_path / "made/agentos.yaml").read_text().splitlines()
    packaged = (unpacked / "etc/agentos/agentos.yaml").read_text().splitlines()
    differing = [(one, two) for one, two in zip(written, packaged, strict=True) if one != two]
    assert [two for _, two in differing] == ["database: sqlite:/var/lib/agentos/agentos.db"]
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/agentos/agentos.yaml\n"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_confined(unpacked):
    unit = unpacked / "usr/lib/systemd/system/agentos.service"
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", ["agentos.service", "agentos.socket"])
def test_systemd_understands_the_units(unpacked, tmp_path, name):
    """All but the paths in them, which are those of an installed system."""
    for unit in (unpacked / "usr/lib/systemd/system").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/bin/agentos", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / name],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and done.stdout == ""


def get(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def as_the_unit_says(chroot):
    """The command of the unit, as its user, in its folder; on a port that is free."""
    unit = (chroot.root / "usr/lib/systemd/system/agentos.service").read_text()
    settings = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    return ["setpriv", f"--reuid={settings['User']}", f"--regid={settings['Group']}", "--clear-groups",
            "--bounding-set=-all", "--no-new-privs", "env", "-C", settings["WorkingDirectory"],
            *settings["ExecStart"].split(), "--port", "0"]


def test_it_installs_serves_and_goes_away_on_a_bare_system(chroot, deb):
    shutil.copy(deb, chroot.root / "tmp")
    chroot.install(f"/tmp/{deb.name}")

    keys = chroot.root / "etc/agentos/keys"
    assert stat.S_IMODE((keys / "private.pem").stat().st_mode) == 0o600
    assert (keys / "private.pem").stat().st_uid == 0
    token = chroot.run("agentos", "token", "mint", "--key", "/etc/agentos/keys/private.pem", "--sub", "ann",
                       "--scope", "agents:read").stdout.strip()
    with chroot.serve(*as_the_unit_says(chroot)) as served:
        assert get(served.url + "/health")["status"] == "ok"
        assert [agent["id"] for agent in get(served.url + "/agents", token)] == ["echo"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(served.url + "/agents")

    first_key = (keys / "private.pem").read_bytes()
    first_set = (keys / "jwks.json").read_bytes()
    (keys / "jwks.json").unlink()  # as a package left it that had none
    chroot.run("dpkg", "--install", f"/tmp/{deb.name}")  # the same once more, as an upgrade would
    assert (keys / "private.pem").read_bytes() == first_key and (keys / "jwks.json").read_bytes() == first_set
    assert stat.S_IMODE((keys / "jwks.json").stat().st_mode) == 0o644
    chroot.run("agentos", "config", "check", "/etc/agentos/agentos.yaml")

    kid = chroot.run("agentos", "keys", "list", "--jwks", "/etc/agentos/keys/jwks.json").stdout.split()[2]
    for step in ([], ["--switch"], ["--retire", kid], []):  # the second rotation is under way at the purge
        chroot.run("agentos", "keys", "rotate", "--jwks", "/etc/agentos/keys/jwks.json", *step)
    assert (keys / "private.pem").read_bytes() != first_key and (keys / "retired.txt").is_file()
    chroot.run("dpkg", "--purge", "agentos")
    assert not (chroot.root / "etc/agentos").exists()
    assert (chroot.root / "var/lib/agentos/agentos.db").is_file(), "a purge keeps what people said"
