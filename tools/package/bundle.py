#!/usr/bin/env python3
"""bundle.py PROGRAM FOLDER: FOLDER/bin/agentos, and in FOLDER/lib the libraries that it needs beside the C
library, which it finds there wherever FOLDER is. FOLDER/licenses holds what their packages say of them."""

import shutil
import subprocess
import sys
from pathlib import Path

from libraries import copyright_of, package_of, shared_libraries


def place(source, target, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    place(program, folder / "bin" / "agentos", 0o755)
    # An RPATH, not a RUNPATH: it also counts for the libraries that the libraries need.
    subprocess.run(["patchelf", "--force-rpath", "--set-rpath", "$ORIGIN/../lib", folder / "bin" / "agentos"], check=True)
    for name, path in shared_libraries(program).items():
        place(path, folder / "lib" / name, 0o644)
        package = package_of(path)
        place(copyright_of(package), folder / "licenses" / f"{package}.txt", 0o644)


main()
