#!/usr/bin/env python3
"""sbom.py PROGRAM VERSION: a software bill of materials in CycloneDX's JSON on standard output: the Debian packages
whose libraries the program loads, which of them it is linked to itself, and what is compiled into it. The packages
that are only built with are left out: nothing of them is shipped."""

import functools
import hashlib
import json
import os
import sys
import time
import uuid
from pathlib import Path

from libraries import loaded, needed, output, package_of, version_of


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@functools.lru_cache(None)
def purl(package):
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    architecture = output("dpkg", "--print-architecture").strip()
    version = version_of(package).replace(":", "%3A").replace("+", "%2B")
    return f"pkg:deb/debian/{package}@{version}?arch={architecture}&distro=debian-{release['VERSION_ID'].strip(chr(34))}"


def component(package, libraries):
    """One package, with the libraries of it that are loaded."""
    sums = [{"name": f"sha256 of {name}", "value": sha256(path)} for name, path in libraries]
    return {"type": "library", "bom-ref": purl(package), "name": package, "version": version_of(package),
            "purl": purl(package), "properties": sums}


def compiled_in(program):
    """llhttp is C source in Debian 12 (node-llhttp), and a library later."""
    return [] if any("llhttp" in name for name in needed(program)) else ["node-llhttp"]


def packages_of(program):
    """{package: [(soname, path)]}, with what is compiled in."""
    packages = {package: [] for package in compiled_in(program)}
    for name, path in loaded(program).items():
        packages.setdefault(package_of(path), []).append((name, path))
    return dict(sorted(packages.items()))


def dependencies_of(program, root, packages):
    """{reference: the references of what its files are linked to}"""
    owners = {name: package for package, libraries in packages.items() for name, _ in libraries}

    def linked(paths):
        return {purl(owners[name]) for path in paths for name in needed(path) if name in owners}

    rows = {purl(package): linked(path for _, path in libraries) - {purl(package)}
            for package, libraries in packages.items()}
    rows[root] = linked([program]) | {purl(package) for package in compiled_in(program)}
    return [{"ref": reference, "dependsOn": sorted(on)} for reference, on in sorted(rows.items())]


def main():
    program, version = sys.argv[1], sys.argv[2]
    packages = packages_of(program)
    root = f"pkg:generic/agentos@{version}"
    application = {"type": "application", "bom-ref": root, "name": "agentos", "version": version, "purl": root,
                   "licenses": [{"license": {"id": "Apache-2.0"}}],
                   "hashes": [{"alg": "SHA-256", "content": sha256(program)}]}
    rows = {"components": [component(*row) for row in packages.items()],
            "dependencies": dependencies_of(program, root, packages)}
    when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([application, rows]))}",
            "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", when), "component": application}}
    print(json.dumps({**head, **rows}, indent=1))


main()
