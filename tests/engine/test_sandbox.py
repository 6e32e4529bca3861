"""Each check runs in a process of its own: a sandbox cannot be left again."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the kernel refuse sockets")


def run(script: str) -> str:
    command = [sys.executable, "-c", "from engine import sandbox\n" + textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


def test_without_a_sandbox_the_proof_fails() -> None:
    assert run("print(sandbox.prove())") == "False"


def test_inside_every_kind_of_socket_is_refused() -> None:
    assert run("print(sandbox.enter(), sandbox.prove())") == "True True"


def test_threads_that_ran_before_are_inside_too() -> None:
    script = """
        import threading
        entered, proofs = threading.Event(), []
        thread = threading.Thread(target=lambda: (entered.wait(), proofs.append(sandbox.prove())))
        thread.start()
        sandbox.enter()
        entered.set()
        thread.join()
        print(proofs)
    """
    assert run(script) == "[True]"


def test_programs_started_from_inside_are_inside() -> None:
    script = """
        import subprocess, sys
        sandbox.enter()
        print(subprocess.run([sys.executable, "-c", "from engine import sandbox; print(sandbox.prove())"],
                             capture_output=True, text=True).stdout)
    """
    assert run(script) == "True"


def test_the_other_ways_to_a_socket_are_closed() -> None:
    script = """
        import ctypes, errno
        from engine.sandbox import _ARCHITECTURES
        import platform
        sandbox.enter()
        libc = ctypes.CDLL(None, use_errno=True)
        for number in _ARCHITECTURES[platform.machine()].refused:
            libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0)
            print(errno.errorcode[ctypes.get_errno()])
    """
    assert set(run(script).split()) == {"EPERM"}


def test_a_pair_of_pipes_within_the_process_stays_possible() -> None:
    script = """
        import socket
        sandbox.enter()
        for end in socket.socketpair():
            end.close()
        print("closed")
    """
    assert run(script) == "closed"


def test_an_unknown_processor_is_refused_not_let_through() -> None:
    script = """
        import platform
        platform.machine = lambda: "m68k"
        try:
            sandbox.enter()
        except OSError as error:
            print(error)
    """
    assert "m68k" in run(script)
