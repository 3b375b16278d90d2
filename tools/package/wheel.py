#!/usr/bin/env python3
"""wheel.py BUNDLE OUT: a Python wheel of the folder that bundle.py made. `pip install` of it brings the command
`agentos`, which becomes the native program at once."""

import base64
import hashlib
import os
import platform
import sys
import time
import zipfile
from pathlib import Path

from libraries import glibc_of, output

INIT = '''"""The program `agentos`, which serves AI agents over HTTP."""
import os

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "agentos")
'''

MAIN = '''import os
import sys

from agentos import PROGRAM


def main():
    os.execv(PROGRAM, ["agentos", *sys.argv[1:]])


if __name__ == "__main__":
    main()
'''

METADATA = """Metadata-Version: 2.1
Name: agentos
Version: {version}
Summary: Serve AI agents over HTTP, every request authorized by JWT
License: Apache-2.0
Requires-Python: >=3.8
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: C
Description-Content-Type: text/markdown

A server of AI agents that speaks the wire contract of agno's AgentOS. This wheel brings the native program with
its libraries: `agentos init`, then `agentos serve`.
"""

WHEEL = """Wheel-Version: 1.0
Generator: agentos script/package
Root-Is-Purelib: false
Tag: {tag}
"""


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def files_of(bundle, version, tag):
    """{name in the wheel: (content, mode)}"""
    info = f"agentos-{version}.dist-info"
    files = {
        "agentos/__init__.py": INIT, "agentos/__main__.py": MAIN, f"{info}/METADATA": METADATA.format(version=version),
        f"{info}/WHEEL": WHEEL.format(tag=tag), f"{info}/entry_points.txt": "[console_scripts]\nagentos = agentos.__main__:main\n",
        f"{info}/licenses/LICENSE": Path("LICENSE").read_text(),
    }
    files = {name: (text.encode(), 0o644) for name, text in files.items()}
    for path in sorted(bundle.rglob("*")):
        folder = f"{info}/licenses" if path.parent.name == "licenses" else f"agentos/{path.parent.name}"
        if path.is_file():
            files[f"{folder}/{path.name}"] = (path.read_bytes(), path.stat().st_mode & 0o777)
    record = [f"{name},{digest(content)},{len(content)}\n" for name, (content, _) in files.items()]
    files[f"{info}/RECORD"] = ("".join(record + [f"{info}/RECORD,,\n"]).encode(), 0o644)
    return files


def main():
    bundle, out = Path(sys.argv[1]), Path(sys.argv[2])
    binaries = [bundle / "bin" / "agentos", *sorted((bundle / "lib").iterdir())]
    version = output(binaries[0], "--version").split()[1]
    tag = "py3-none-manylinux_%s_%s" % (glibc_of(binaries).replace(".", "_"), platform.machine())
    date = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(out / f"agentos-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, (content, mode) in files_of(bundle, version, tag).items():
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


main()
