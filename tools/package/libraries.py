"""The shared libraries that a program is linked to, directly and through each other, and the Debian packages
that they are from."""

import functools
import os
import re
import subprocess

# The C library is the system's: it belongs to the kernel and to name resolution, and is older or newer there.
SYSTEM = re.compile(r"(ld-linux.*|libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl)\.so")


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", "--wide", path))


def loaded(program):
    """{soname: path} of all that the loader loads for the program."""
    found = re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", program), re.M)
    return {name: os.path.realpath(path) for name, path in sorted(found)}


def shared_libraries(program):
    """The same without the C library."""
    return {name: path for name, path in loaded(program).items() if not SYSTEM.match(name)}


@functools.lru_cache(None)
def package_of(path):
    """The Debian package that a file is from. dpkg knows /lib/x as such where /lib is a link to /usr/lib."""
    for candidate in (path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "--search", candidate], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise SystemExit(f"{path} is from no Debian package")


@functools.lru_cache(None)
def version_of(package):
    return output("dpkg-query", "--show", "--showformat=${Version}\n", package).splitlines()[0]


def copyright_of(package):
    return f"/usr/share/doc/{package}/copyright"


def glibc_of(paths):
    """The least version of the C library that has all the symbols which these files take from it."""
    minors = [int(minor) for path in paths
              for minor in re.findall(r"Name: GLIBC_2\.(\d+)", output("readelf", "--version-info", "--wide", path))]
    return f"2.{max(minors)}"
