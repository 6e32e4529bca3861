"""Sets Tintype up in .venv: packages with checked hashes, llama.cpp compiled for this machine, system libraries.

Needs nothing but Python 3.11 or newer and, the first time on a machine, a C++ compiler. Run again at will: what is
done is not done twice.

    python3 packaging/set_up.py              everything needed to run
    python3 packaging/set_up.py --develop    and what the tests and checks need
    python3 packaging/set_up.py --train      and what training the pocket model needs (PyTorch)
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path

import system_packages
from progress import Progress

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
REQUIREMENTS = ROOT / "packaging" / "requirements"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--develop", action="store_true", help="also install what the tests and checks need")
    parser.add_argument("--train", action="store_true", help="also install what training the pocket model needs")
    wanted = parser.parse_args()
    if sys.version_info < (3, 11):
        found = sys.version.split()[0]
        sys.exit(f"Tintype needs Python 3.11 or newer; this is {found}. Try: make PYTHON=python3.12 setup")
    started = time.monotonic()
    provide_system_packages()
    create_environment()
    install("build", "run", *(["develop"] if wanted.develop else []))
    install_llama()
    install_tintype()
    if wanted.train:
        install_training()
    if (seconds := time.monotonic() - started) > 5:
        print(f"Set up in {seconds:.0f} s.", flush=True)


def provide_system_packages() -> None:
    """Provides what the window loads; everything else works without, so a failure is told and no reason to stop."""
    if trouble := system_packages.provide():
        print(trouble, file=sys.stderr, flush=True)


def create_environment() -> None:
    if PYTHON.exists():
        return
    print("Creating the virtual environment .venv ...", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], capture_output=True, text=True)
    if done.returncode:
        linux = sys.platform.startswith("linux")
        remedy = "sudo apt-get install python3-venv" if linux else "install Python again, with pip"
        sys.exit(f"Python could not create a virtual environment:\n{done.stdout}{done.stderr}\nTry:\n    {remedy}")


def install(*names: str) -> None:
    """Installs requirement files whose content has changed since they were installed here."""
    stale = [name for name in names if not is_current(name, (REQUIREMENTS / f"{name}.txt").read_bytes())]
    if not stale:
        return
    print(f"Installing pinned packages ({', '.join(stale)}) ...", flush=True)
    files = [REQUIREMENTS / f"{name}.txt" for name in stale]
    progress = Progress(sum(path.read_text().count("==") for path in files))
    arguments = [argument for path in files for argument in ("--requirement", str(path))]
    pip("install", "--require-hashes", "--progress-bar=off", *arguments, progress=progress)
    for name in stale:
        mark_current(name, (REQUIREMENTS / f"{name}.txt").read_bytes())


def install_llama() -> None:
    wheel = run_printing_last_line(ROOT / "packaging" / "build_llama.py")
    if not is_current("llama-wheel", wheel.encode()):
        pip("install", "--no-deps", "--force-reinstall", wheel)
        mark_current("llama-wheel", wheel.encode())


def install_tintype() -> None:
    project = (ROOT / "pyproject.toml").read_bytes()
    if not is_current("tintype", project):
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        mark_current("tintype", project)


def install_training() -> None:
    needed = REQUIREMENTS / "train.in"
    if not is_current("train", needed.read_bytes()):
        print("Installing PyTorch ...", flush=True)
        pip("install", "--progress-bar=off", "--requirement", str(needed))
        mark_current("train", needed.read_bytes())


def pip(*arguments: str, progress: Progress | None = None) -> None:
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if progress and line.startswith(("Collecting ", "Requirement already")):
            progress.show(progress.shown + 1)
    if process.wait():
        sys.exit("Installing failed:\n" + "".join(lines[-20:]))


def run_printing_last_line(script: Path) -> str:
    """Runs a script in the environment, showing what it prints, and returns the last line, which is its result."""
    process = subprocess.Popen([PYTHON, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    held = ""
    for line in process.stdout:
        print(held, end="", flush=True)
        held = line
    if process.wait():
        sys.exit(1)
    return held.strip()


def is_current(name: str, content: bytes) -> bool:
    stamp = ENVIRONMENT / "set-up" / name
    return stamp.exists() and stamp.read_text() == hashlib.sha256(content).hexdigest()


def mark_current(name: str, content: bytes) -> None:
    stamp = ENVIRONMENT / "set-up" / name
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
