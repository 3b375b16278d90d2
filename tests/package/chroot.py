"""A bare Debian to install into: made by debootstrap once for each release, kept outside of the tree as an
archive, and unpacked for each use. It has device nodes of its own, and sees no other process."""
import os
import platform
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("AGENTOS_CHROOTS") or Path.home() / ".cache" / "agentos-chroots")
MIRROR = os.environ.get("AGENTOS_MIRROR", "http://deb.debian.org/debian")
READY = re.compile(r"listening on http://\S+:(\d+)")


RELEASES = {"bookworm": 12, "trixie": 13}


def release_here():
    """Debian's number of this machine's release; 0 where it is another system."""
    try:
        here = platform.freedesktop_os_release()
    except OSError:
        return 0
    return int(here.get("VERSION_ID", 0)) if here.get("ID") == "debian" else 0


def why_not_for(suite):
    """Why what is made on this machine is not for the release: it needs the libraries of this one, or later ones."""
    if release_here() > RELEASES[suite]:
        return f"what is made on Debian {release_here()} does not run on Debian {RELEASES[suite]}"
    return why_impossible()


def why_impossible():
    if os.geteuid() != 0:
        return "only root makes a chroot"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        return "namespaces cannot be made here"
    return None


def base_archive(suite):
    """The archive of a bare system, made when there is none yet; skips the test where that cannot be done."""
    archive = CACHE / f"{suite}.tar"
    if archive.is_file():
        return archive
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / f"{suite}.{os.getpid()}"
    command = ["debootstrap", "--variant=minbase", suite, folder, MIRROR]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"debootstrap of {suite}: {done.stdout.strip().splitlines()[-1]}")
        shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
        (folder / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        part = archive.with_suffix(f".{os.getpid()}.part")
        subprocess.run(["tar", "-C", folder, "-cf", part, "."], check=True)
        part.rename(archive)
    except subprocess.TimeoutExpired:
        pytest.skip(f"debootstrap of {suite} takes too long here")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return archive


class Chroot:
    def __init__(self, suite, folder):
        self.root = folder
        folder.mkdir()
        subprocess.run(["tar", "-C", folder, "-xf", base_archive(suite)], check=True)
        assert (folder / "dev" / "null").is_char_device()

    def command(self, *arguments, volumes=(), read_only=False):
        """The words that run a command in here, in namespaces of its own: all of it ends with it. volumes: (path
        outside, path in here, is read-only), as a container has them, and its root may be read-only too."""
        steps = ['mount --bind "$0" "$0"', 'mount -t proc proc "$0/proc"']
        for outside, inside, is_read_only in volumes:
            steps.append(f'mount --bind "{outside}" "$0{inside}"')
            steps += [f'mount -o remount,bind,ro "$0{inside}"'] if is_read_only else []
        steps += ['mount -o remount,bind,ro "$0"'] if read_only else []
        steps.append('root=$0; exec chroot "$root" "$@"')
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(steps), str(self.root),
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
                *map(str, arguments)]

    def run(self, *arguments, ok=True, timeout=240, **named):
        done = subprocess.run(self.command(*arguments, **named), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout)
        assert not ok or done.returncode == 0, done.stdout
        return done

    def install(self, *names):
        """By apt, as a person would; skips where the release's packages cannot be fetched."""
        command = ("apt-get", "-qq", "-y", "install", "--no-install-recommends", *names)
        if self.run(*command, ok=False).returncode != 0:  # the archive may be older than the release's last point
            if self.run("apt-get", "-qq", "update", ok=False).returncode != 0:
                pytest.skip("the packages of the release cannot be fetched")
            self.run(*command)

    def serve(self, *arguments, **named):
        return Served(self.command(*arguments, **named))


class Served:
    """A server, once it says that it listens; `with` ends it."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, env=env)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            ready = READY.search(line)
            if ready:
                self.url = f"http://127.0.0.1:{ready[1]}"
                return
        pytest.fail("it did not listen: " + "".join(self.lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stderr.close()
