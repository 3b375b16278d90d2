"""SHA256SUMS and its signature."""
import subprocess

import pytest


def verify(folder, sums="SHA256SUMS", signature="SHA256SUMS.sig"):
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", folder.parent / "release.pub", "-rawin",
                           "-in", folder / sums, "-sigfile", folder / signature], capture_output=True)
    return done.returncode == 0


def test_the_sums_are_those_of_all_files(packages):
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=packages, check=True)
    named = [line.split()[1] for line in (packages / "SHA256SUMS").read_text().splitlines()]
    assert named == sorted(path.name for path in packages.iterdir() if not path.name.startswith("SHA256SUMS"))


@pytest.mark.parametrize("change", [None, lambda text: text.replace(b"a", b"b", 1), lambda text: text + b"\n",
                                    lambda text: text[:-1]])
def test_the_signature_fits_the_sums_alone(packages, tmp_path, change):
    if not (packages / "SHA256SUMS.sig").is_file():
        pytest.skip("these packages are not signed")
    if change is None:
        assert verify(packages)
    else:
        changed = tmp_path / "changed"
        changed.write_bytes(change((packages / "SHA256SUMS").read_bytes()))
        assert not verify(packages, sums=changed)
