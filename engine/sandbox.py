"""Takes the network away from this process for good, and tries whether it is gone.

Linux: a seccomp filter refuses the system calls that make sockets (and those that could fetch a socket out of another
process), for every thread, present and future, and every child. Needs no privilege and cannot be undone.
macOS and Windows offer an unprivileged process no documented call of that kind: there only Python's own sockets are
refused, C code could still open one, and `enter` says so by returning False.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1

_RETURN_ALLOW = 0x7FFF0000
_RETURN_EPERM = 0x00050000 | errno.EPERM

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # classic BPF
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4  # into struct seccomp_data
_X32_BIT = 0x40000000  # x86-64 answers a second set of numbers from here on; aarch64 has none up here


@dataclass(frozen=True)
class _Architecture:
    """A processor's audit number and its numbers of the system calls that are used or refused here."""

    audit: int
    seccomp: int
    refused: tuple[int, ...]


# refused: socket; io_uring_setup, which can open sockets; pidfd_getfd, ptrace and process_vm_writev, which reach into
# other processes
_ARCHITECTURES = {
    "x86_64": _Architecture(audit=0xC000003E, seccomp=317, refused=(41, 425, 438, 101, 311)),
    "aarch64": _Architecture(audit=0xC00000B7, seccomp=277, refused=(198, 425, 438, 117, 271)),
}


def enter() -> bool:
    """Refuses sockets from here on. True: the kernel does it; False: only Python does. OSError: Linux would not."""
    if sys.platform == "linux":
        _install_filter(_ARCHITECTURES.get(platform.machine()))
        return True
    sys.addaudithook(_refuse_python_sockets)
    return False


def prove() -> bool:
    """Tries to open a TCP, a UDP, a raw, an IPv6 and a local socket; True when every one is refused."""
    kinds = [
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET, socket.SOCK_DGRAM),
        (socket.AF_INET, socket.SOCK_RAW),
    ]
    kinds.append((socket.AF_INET6, socket.SOCK_STREAM))
    if hasattr(socket, "AF_UNIX"):
        kinds.append((socket.AF_UNIX, socket.SOCK_STREAM))
    return all(_is_refused(family, kind) for family, kind in kinds)


def _is_refused(family: int, kind: int) -> bool:
    try:
        socket.socket(family, kind).close()
    except PermissionError:
        return True
    except OSError:
        return False  # refused for another reason than ours: that proves nothing
    return False


def _refuse_python_sockets(event: str, _arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__":
        raise PermissionError(errno.EPERM, "This process may not use the network.")


def _install_filter(architecture: _Architecture | None) -> None:
    if architecture is None:
        raise OSError(errno.ENOSYS, f"No seccomp filter is known for {platform.machine()}.")
    program = _program(architecture)
    libc = ctypes.CDLL(None, use_errno=True)
    no_argument = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), no_argument, no_argument, no_argument):
        raise _last_error("prctl")
    instructions = ctypes.create_string_buffer(program)
    # struct sock_fprog: the number of 8-byte instructions, padding, and where they are
    fprog = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    flags = ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC)
    if libc.syscall(ctypes.c_long(architecture.seccomp), ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER), flags, fprog):
        raise _last_error("seccomp")


def _program(architecture: _Architecture) -> bytes:
    """The filter: a foreign architecture or number is refused, then those listed; everything else is allowed."""
    refused = architecture.refused
    to_refusal = len(refused) + 1  # from the first comparison of a number, over the others and the allowing return
    instructions = [
        (_LOAD, 0, 0, _ARCHITECTURE_OFFSET),
        (_JUMP_IF_EQUAL, 0, to_refusal + 2, architecture.audit),
        (_LOAD, 0, 0, _NUMBER_OFFSET),
        (_JUMP_IF_AT_LEAST, to_refusal, 0, _X32_BIT),
        *((_JUMP_IF_EQUAL, to_refusal - 1 - index, 0, number) for index, number in enumerate(refused)),
        (_RETURN, 0, 0, _RETURN_ALLOW),
        (_RETURN, 0, 0, _RETURN_EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def _last_error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call} refused the filter: {os.strerror(number)}")
