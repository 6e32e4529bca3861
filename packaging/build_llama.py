"""Builds llama-cpp-python from source for this machine's processor, once, and keeps the wheel.

The wheel lies in the user's cache, keyed by version, build options and processor, so a second clone takes seconds.
`CMAKE_ARGS` is honoured (for instance `-DGGML_CUDA=on` or `-DGGML_VULKAN=on`) and is part of the key.
Run by set_up.py inside the project's virtual environment, whose requirements/build.txt is installed by then.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from progress import Progress

REQUIREMENTS = Path(__file__).parent / "requirements" / "llama.txt"
VERSION = re.search(r"==([\w.]+)", REQUIREMENTS.read_text())[1]

# llama.cpp's `common` library serves its own programs only and takes 40% of the build; the package forces it on.
COMMON_ON = 'set(LLAMA_BUILD_COMMON ON CACHE BOOL "Build llama.cpp common library" FORCE)'
COMMON_OFF = COMMON_ON.replace(" ON ", " OFF ")


class BuildFailed(Exception):
    """The wheel could not be built; the message says what a person can do about it."""


def cache_folder() -> Path:
    """Where built wheels are kept: the system's place for caches, or $TINTYPE_CACHE."""
    if chosen := os.environ.get("TINTYPE_CACHE"):
        return Path(chosen)
    home = Path.home()
    places = {"win32": home / "AppData/Local", "darwin": home / "Library/Caches"}
    return places.get(sys.platform, Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")) / "tintype"


def processor() -> str:
    """A text that differs between processors for which ggml's `native` build differs."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line for line in lines if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return f"{platform.machine()} {platform.processor()}"


def wheel_folder() -> Path:
    """The cache folder of exactly this version, these options and this processor."""
    parts = [REQUIREMENTS.read_text(), COMMON_OFF, os.environ.get("CMAKE_ARGS", ""), platform.platform(), processor()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return cache_folder() / "wheels" / f"llama-cpp-python-{VERSION}-{key}"


def cached_wheel() -> Path | None:
    return next(wheel_folder().glob("*.whl"), None)


def build() -> Path:
    """Returns the wheel's path, building it first where the cache has none.

    Raises:
        BuildFailed: no compiler, no source, or the compiler gave up.
    """
    if wheel := cached_wheel():
        return wheel
    require_compiler()
    with tempfile.TemporaryDirectory(prefix="tintype-llama-") as temporary:
        source = fetch_source(Path(temporary))
        leave_out_common(source)
        wheel = compile_wheel(source, Path(temporary) / "wheel")
        folder = wheel_folder()
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / "partial"
        shutil.copy(wheel, partial)
        return partial.replace(folder / wheel.name)


def require_compiler() -> None:
    compilers = ("c++", "g++", "clang++", os.environ.get("CXX", ""))
    if sys.platform == "win32" or any(map(shutil.which, compilers)):  # on Windows CMake finds Visual Studio itself
        return
    remedy = {
        "darwin": "xcode-select --install",
        "linux": "sudo apt-get install g++  (or your system's package of GCC or Clang)",
    }.get(sys.platform, "your system's C++ compiler package")
    raise BuildFailed(
        f"There is no C++ compiler, and llama.cpp is compiled for this machine. Install one:\n    {remedy}"
    )


def fetch_source(folder: Path) -> Path:
    print("Fetching the source of llama.cpp (77 MB) ...", flush=True)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "--require-hashes"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        *options,
        "--requirement",
        str(REQUIREMENTS),
        "--dest",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    archive = next(folder.glob("*.tar.gz"), None)
    if archive is None:
        raise BuildFailed(f"The source of llama-cpp-python {VERSION} could not be fetched:\n{done.stderr[-2000:]}")
    shutil.unpack_archive(archive, folder)  # its hash was checked: what is in it is what was pinned
    return next(path for path in folder.iterdir() if path.is_dir())


def leave_out_common(source: Path) -> None:
    recipe = source / "CMakeLists.txt"
    text = recipe.read_text()
    if COMMON_ON not in text:
        raise BuildFailed(f"llama-cpp-python {VERSION} builds differently from what packaging/build_llama.py expects.")
    recipe.write_text(text.replace(COMMON_ON, COMMON_OFF))


def compile_wheel(source: Path, folder: Path) -> Path:
    """Compiles, showing steps done and the time left, and returns the wheel's path inside `folder`."""
    print("Compiling llama.cpp for this processor: once per machine, 2 to 6 minutes on 2 cores.", flush=True)
    options = ["--no-deps", "--no-build-isolation", "--verbose"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(source)]
    # ninja and cmake come with requirements/build.txt: their folder goes first on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | {"PATH": path},
    )
    lines, progress = [], None
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if step := re.match(r"\s*\[(\d+)/(\d+)\]", line):
            progress = progress or Progress(int(step[2]))
            progress.show(int(step[1]))
    if process.wait():
        raise BuildFailed("Compiling llama.cpp failed. The last lines were:\n" + "".join(lines[-30:]))
    return next(folder.glob("*.whl"))


if __name__ == "__main__":
    try:
        print(build())
    except BuildFailed as failure:
        sys.exit(str(failure))
