"""The tarball and the wheel: the program with its libraries, where none of them is installed."""
import contextlib
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request
import zipfile

import pytest

from chroot import Served

C_LIBRARY = re.compile(r"/(ld-linux[^/]*|lib(c|m|resolv|dl|rt|pthread))(\.so[.0-9]*|-2\.\d+\.so)$")


@pytest.fixture(scope="session")
def tarball(packages):
    [path] = packages.glob("agentos-*-linux-*.tar.xz")
    return path


@pytest.fixture(scope="session")
def wheel(packages):
    [path] = packages.glob("agentos-*.whl")
    return path


def status_of(url):
    with urllib.request.urlopen(url + "/health", timeout=10) as answer:
        return json.load(answer)["status"]


def test_the_tarball_serves_where_nothing_is_installed(chroot, tarball):
    subprocess.run(["tar", "-C", chroot.root / "opt", "-xf", tarball], check=True)
    program = "/opt/" + tarball.name.removesuffix(".tar.xz") + "/bin/agentos"
    assert not list((chroot.root / "usr/lib").rglob("libuv.so*")), "the system has no library of ours"
    chroot.run(program, "init", "/srv/here")
    with chroot.serve(program, "serve", "--config", "/srv/here/agentos.yaml", "--port", "0") as served:
        assert status_of(served.url) == "ok"


@contextlib.contextmanager
def https_server(folder, content):
    """A server on this machine that answers everything with the content; its certificate is its own authority."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_address[1]}/", folder / "cert.pem"
    server.shutdown()


@pytest.mark.parametrize("place", ["etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt",
                                   "etc/ssl/ca-bundle.pem"], ids=["Debian", "Fedora", "SUSE"])
def test_the_certificates_of_any_distribution_are_found(chroot, tarball, tmp_path, place):
    subprocess.run(["tar", "-C", chroot.root / "opt", "-xf", tarball], check=True)
    program = "/opt/" + tarball.name.removesuffix(".tar.xz") + "/bin/agentos"
    chroot.run("rm", "-rf", "/srv/keys")
    chroot.run(program, "keys", "generate", "--out", "/srv/keys")
    token = chroot.run(program, "token", "mint", "--key", "/srv/keys/private.pem", "--sub", "ann").stdout.strip()
    keys = chroot.run(program, "jwks", "/srv/keys/public.pem").stdout.encode()
    with https_server(tmp_path, keys) as (url, certificate):
        verify = (program, "token", "verify", "--jwks-url", url, token)
        assert "certificate" in chroot.run(*verify, ok=False).stdout
        target = chroot.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(certificate, target)
        done = chroot.run(*verify, ok=False)
        target.unlink()
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(os.environ.get("AGENTOS_SLOW") != "yes", reason="pip in a bare system is tried by script/test --all")
def test_pip_installs_the_wheel_in_a_bare_system(chroot, wheel):
    shutil.copy(wheel, chroot.root / "tmp")
    chroot.install("python3-venv")
    assert not (chroot.root / "usr/bin/gcc").exists()
    chroot.run("python3", "-m", "venv", "/srv/venv")
    chroot.run("/srv/venv/bin/pip", "install", "--no-index", f"/tmp/{wheel.name}")
    chroot.run("/srv/venv/bin/agentos", "init", "/srv/wheel")
    with chroot.serve("/srv/venv/bin/agentos", "serve", "--config", "/srv/wheel/agentos.yaml", "--port", "0") as served:
        assert status_of(served.url) == "ok"


def test_what_is_in_the_tarball_is_owned_by_root_and_writable_by_its_owner_alone(tarball):
    listing = subprocess.check_output(["tar", "--numeric-owner", "-tvf", tarball], text=True).splitlines()
    assert all(line.split()[1] == "0/0" and line[5] == "-" and line[8] == "-" for line in listing)


def test_the_wheel_is_small_and_its_record_is_complete(wheel):
    assert wheel.stat().st_size <= 10_000_000
    with zipfile.ZipFile(wheel) as archive:
        [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
        named = {line.split(",")[0] for line in archive.read(record).decode().splitlines()}
        assert named == set(archive.namelist())
        licenses = [name for name in named if "/licenses/" in name]
        libraries = [name for name in named if name.startswith("agentos/lib/")]
        assert len(libraries) > 5 and len(licenses) > 5


def test_pip_installs_the_wheel_and_its_command_serves_with_its_own_libraries(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel],
                   check=True)
    empty = {"PATH": "/nonexistent", "HOME": str(tmp_path)}  # no compiler, and nothing else
    command = tmp_path / "venv/bin/agentos"
    subprocess.run([command, "init", tmp_path / "here"], check=True, env=empty, stdout=subprocess.DEVNULL)
    with Served([command, "serve", "--config", tmp_path / "here/agentos.yaml", "--port", "0"], env=empty) as served:
        assert status_of(served.url) == "ok"
        with open(f"/proc/{served.process.pid}/maps") as maps:
            mapped = {line.split()[-1] for line in maps if ".so" in line}
    foreign = [path for path in mapped if not path.startswith(str(tmp_path)) and not C_LIBRARY.search(path)]
    assert foreign == []


@pytest.mark.parametrize("module", ["-m agentos --version", "-c import\\ agentos;print(agentos.PROGRAM)"])
def test_the_wheel_is_a_module_too(wheel, tmp_path, module):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "agentos/bin/agentos").chmod(0o755)
    words = module.replace("\\ ", "\0").split(" ")
    done = subprocess.run([sys.executable, *[word.replace("\0", " ") for word in words]], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0 and "agentos" in done.stdout


def test_the_command_exits_as_the_program_does(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "agentos/bin/agentos").chmod(0o755)
    for arguments, status in ((["--version"], 0), (["nonsense"], 2), (["serve", "--config", "absent.yaml"], 2)):
        assert subprocess.run([sys.executable, "-m", "agentos", *arguments], cwd=tmp_path,
                              capture_output=True).returncode == status


def test_the_list_of_materials_names_what_the_packages_need(packages, deb):
    [path] = packages.glob("agentos-*.cdx.json")
    materials = json.loads(path.read_text())
    assert (materials["bomFormat"], materials["specVersion"]) == ("CycloneDX", "1.5")
    by_reference = {row["bom-ref"]: row["name"] for row in materials["components"]}
    [direct] = [row["dependsOn"] for row in materials["dependencies"]
                if row["ref"] == materials["metadata"]["component"]["bom-ref"]]
    depends = subprocess.check_output(["dpkg-deb", "--field", deb, "Depends"], text=True)
    wanted = {part.split()[0] for part in depends.strip().split(", ")} - {"passwd"}
    assert {by_reference[reference] for reference in direct} - {"node-llhttp"} == wanted


def test_the_list_of_materials_has_every_library_of_the_wheel(packages, wheel):
    [path] = packages.glob("agentos-*.cdx.json")
    sums = {row["name"].removeprefix("sha256 of "): row["value"]
            for component in json.loads(path.read_text())["components"] for row in component["properties"]}
    folder = packages.parent / "unpacked-wheel"
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for library in (folder / "agentos/lib").iterdir():
        assert subprocess.check_output(["sha256sum", library], text=True).split()[0] == sums[library.name]
