"""The set-up scripts say what is missing and how to get it; they run under the bare system's Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING))


def test_a_missing_compiler_is_named_before_anything_is_fetched(tmp_path: Path) -> None:
    environment = {"TINTYPE_CACHE": str(tmp_path), "PATH": str(tmp_path)}
    command = [sys.executable, str(PACKAGING / "build_llama.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "There is no C++ compiler" in done.stderr
    assert "Fetching" not in done.stdout


def test_other_build_options_are_another_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import build_llama

    monkeypatch.setenv("TINTYPE_CACHE", str(tmp_path))
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    plain = build_llama.wheel_folder()
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_VULKAN=on")
    assert build_llama.wheel_folder() != plain
    assert build_llama.wheel_folder().is_relative_to(tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the packages are Debian's")
def test_who_may_not_install_is_told_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import system_packages

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system_packages, "missing_packages", lambda: ["libegl1", "libgl1"])
    sentence = system_packages.provide()
    assert "sudo apt-get install --yes --no-install-recommends libegl1 libgl1" in sentence


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the libraries are Linux's")
def test_a_library_that_does_not_load_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    import system_packages

    monkeypatch.setattr(system_packages, "LIBRARIES", {"libc.so.6": "libc6", "libnowhere.so.1": "libnowhere1"})
    monkeypatch.setattr(system_packages, "FONTS", {})
    assert "libnowhere1" in system_packages.missing_packages()
    assert "libc6" not in system_packages.missing_packages()


def test_requirements_carry_hashes_and_no_index_address() -> None:
    for path in (PACKAGING / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index" not in text
