"""A bare Debian with systemd running in it, in namespaces of its own: processes, mounts, control groups, network."""
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

BOOT = r"""
echo $$ > "$1/cgroup.procs"
exec unshare --cgroup --mount --pid --fork --kill-child --uts --ipc --net --propagation private sh -ec '
ip link set lo up
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -t sysfs -o ro sysfs "$0/sys"
mount -t tmpfs tmpfs "$0/run"
mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
cd "$0"
mkdir -p old
pivot_root . old
umount -l /old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no
' "$0"
"""


def cgroup2():
    """Where control groups of the second version are mounted; None: nowhere."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    return None


class Manager:
    """chroot: one where systemd is installed."""

    def __init__(self, chroot):
        if cgroup2() is None or shutil.which("ip") is None:
            pytest.skip("systemd needs control groups of the second version, and `ip`")
        self.group = cgroup2() / f"agentos-test-{os.getpid()}"
        self.group.mkdir()
        self.outer = subprocess.Popen(["sh", "-ec", BOOT, chroot.root, self.group], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.is_up():
            if self.outer.poll() is not None or time.monotonic() > deadline:
                self.close()
                pytest.skip("systemd does not start in namespaces here")
            time.sleep(0.1)

    def is_up(self):
        children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
        self.pid = int(children[0]) if children else None
        if self.pid is None or Path(f"/proc/{self.pid}/comm").read_text().strip() != "systemd":
            return False
        return self.run("systemctl", "is-system-running", ok=False).stdout.strip() in ("running", "degraded")

    def run(self, *arguments, ok=True):
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", "env", "-i",
                 "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"]
        done = subprocess.run([*enter, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        assert not ok or done.returncode == 0, done.stdout
        return done

    def in_its_network(self, *arguments):
        """The words that run a command of this machine, which reaches what listens in there."""
        return ["nsenter", "-t", str(self.pid), "-n", *map(str, arguments)]

    def close(self):
        if self.outer.poll() is None:
            if getattr(self, "pid", None):
                os.kill(self.pid, signal.SIGKILL)  # the first process of its namespace: all others end with it
            self.outer.kill()
            self.outer.wait(10)
        for _ in range(50):
            for folder, _, _ in os.walk(self.group, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass  # its processes are still ending
            if not self.group.exists():
                return
            time.sleep(0.1)
