"""Finds the system packages that are missing and installs them, or says the exact command that does."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

# What Qt and its xcb platform plugin load, and the Debian package that brings each.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libgomp.so.1": "libgomp1",
}
# A language whose letters show as boxes without the package's fonts, and the package.
FONTS = {"ar": "fonts-noto-core", "hi": "fonts-noto-core", "th": "fonts-noto-core", "zh": "fonts-noto-cjk"}


def missing_packages() -> list[str]:
    """Debian packages without which there is no virtual environment, no window, or boxes for letters. Linux only."""
    wanted = [package for library, package in LIBRARIES.items() if not loads(library)]
    wanted += [package for language, package in FONTS.items() if not has_font(language)]
    if importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")
    return sorted(set(wanted))


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(language: str) -> bool:
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", f":lang={language}", "file"], capture_output=True, text=True).stdout.strip())


def provide() -> str | None:
    """Installs what is missing where that is possible; returns a sentence for the person where it was not."""
    if not sys.platform.startswith("linux"):
        return None
    packages = missing_packages()
    if packages and shutil.which("fc-list") is None:
        packages.append("fontconfig")
    if not packages:
        return None
    command = "apt-get install --yes --no-install-recommends " + " ".join(packages)
    if os.geteuid() != 0:
        return f"Tintype needs system packages that are not installed. Install them with:\n    sudo {command}"
    if shutil.which("apt-get") is None:
        return f"Tintype needs these packages, here by their Debian names:\n    {' '.join(packages)}"
    print(f"Installing {len(packages)} missing system packages ...", flush=True)
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "text": True}
    subprocess.run(["apt-get", "update", "--quiet"], **quiet)
    done = subprocess.run(command.split(), **quiet)
    if done.returncode:
        return f"Installing system packages failed:\n{done.stderr[-1500:]}\nTry:\n    {command}"
    return None
