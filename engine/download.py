"""Fetches files over the network: the only process of Tintype that opens a socket, and it does nothing else.

`python -m engine.download --consented` takes one Order from stdin, reports on stdout, and ends. Without the argument,
which only a person's consent puts there, it ends at once. What arrives goes into a `.part` file, hashed as it comes; a
connection that breaks is taken up where it broke; the file gets its name once it is whole and what was ordered.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http
import ipaddress
import os
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.parse import urlsplit

import msgspec

from engine.errors import DownloadFailed
from engine.messages import Failed
from engine.wire import read_frame, write_frame

CONSENT = "--consented"

_CHUNK_BYTES = 1 << 20
_REPORT_S = 0.2
_SPARE_BYTES = 1 << 29  # left free on the disk, for everything else that runs
_USER_AGENT = "Tintype"
_UNSATISFIABLE = http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class Item(msgspec.Struct, frozen=True):
    """A file to fetch. None: not known before, so not checked; `most_bytes`: more than that is refused."""

    address: str
    target: str
    most_bytes: int
    size_bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None


class Order(msgspec.Struct, frozen=True):
    """Files to fetch, one after another. `attempts`: connections in a row that bring nothing before it gives up."""

    items: tuple[Item, ...]
    timeout_s: float = 30.0  # a connection that is silent for so long is broken
    pause_s: float = 1.0  # before the second attempt; it doubles with each
    attempts: int = 6


class Arrived(msgspec.Struct, frozen=True, tag=True):
    """So much of an item is here; `total_bytes` as the server says, None where it does not."""

    item: int
    done_bytes: int
    total_bytes: int | None


class Whole(msgspec.Struct, frozen=True, tag=True):
    """An item lies at its target."""

    item: int
    size_bytes: int
    sha256: str


Report = Arrived | Whole | Failed


class _Broken(Exception):
    """The connection ended too early, or never came about; worth another attempt."""


def address_is_allowed(address: str, *, before: str | None = None) -> bool:
    """https anywhere; http only on this machine, and there only when it was on this machine before."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_loopback(address) and (before is None or _is_loopback(before))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(address).hostname or "").is_loopback
    except ValueError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to https only. The next server is asked for the same Range."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if not address_is_allowed(newurl, before=req.full_url):
            fp.close()
            raise DownloadFailed(f"The server sends on to an address of {urlsplit(newurl).scheme}: that is not safe.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Part:
    """A file that is arriving: what is there, and the hashes of it."""

    def __init__(self, item: Item) -> None:
        self._item = item
        self._target = Path(item.target)
        self._path = self._target.with_name(f"{self._target.name}.part")
        self._target.parent.mkdir(parents=True, exist_ok=True)
        if not (item.sha256 or item.md5):  # what was left by an earlier process cannot be proved to be of this file
            self._path.unlink(missing_ok=True)
        self._file: BinaryIO = self._path.open("a+b")
        self._forget()
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK_BYTES):
            self._count(chunk)

    def append(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._count(chunk)

    def restart(self) -> None:
        self._file.truncate(0)
        self._forget()

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._target.parent).free

    def finish(self) -> str:
        """Gives the file its name and returns its SHA-256. Raises DownloadFailed where it is another one."""
        if self._item.sha256 not in (None, self._sha256.hexdigest()) or (
            self._item.md5 not in (None, self._md5.hexdigest())
        ):
            self.restart()
            raise DownloadFailed(f"What came is not the published {self._target.name}: its hash differs.")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(self._target)
        return self._sha256.hexdigest()

    def close(self) -> None:
        """Leaves what arrived for the next time."""
        with contextlib.suppress(OSError):  # a full disk: what could not be written is fetched again
            self._file.close()

    def _forget(self) -> None:
        self.size_bytes = 0
        self._sha256, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def _count(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        self._sha256.update(chunk)
        if self._item.md5:
            self._md5.update(chunk)


def fetch(order: Order) -> Iterator[Arrived | Whole]:
    """Fetches every item, telling of what arrives. Raises DownloadFailed; what came stays for another time."""
    for number, item in enumerate(order.items):
        if not address_is_allowed(item.address):
            raise DownloadFailed("The address is not https.")
        try:
            with contextlib.closing(_Part(item)) as part:
                for total_bytes in _connections(part, item, order):
                    yield Arrived(number, part.size_bytes, total_bytes)
                sha256 = part.finish()
                yield Whole(number, part.size_bytes, sha256)
        except OSError as error:
            raise DownloadFailed(_why_not_kept(error, item)) from error


def _connections(part: _Part, item: Item, order: Order) -> Iterator[int | None]:
    """Connects again and again until the file is whole; yields its total size as often as something came."""
    opener = urllib.request.build_opener(_Redirects, urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    if _is_loopback(item.address):
        opener = urllib.request.build_opener(_Redirects, urllib.request.ProxyHandler({}))
    reply = _Reply(opener, item, order.timeout_s)
    fruitless, most_bytes = 0, part.size_bytes
    while True:
        try:
            yield from reply.read_into(part)
            return
        except _Broken as error:
            fruitless = 0 if part.size_bytes > most_bytes else fruitless + 1
            most_bytes = max(most_bytes, part.size_bytes)
            if fruitless >= order.attempts:
                raise DownloadFailed(f"The connection does not hold: {error}. What came is kept; try again.") from error
            time.sleep(order.pause_s * 2 ** max(0, fruitless - 1))


class _Reply:
    """Asks a server for the rest of one file."""

    def __init__(self, opener: urllib.request.OpenerDirector, item: Item, timeout_s: float) -> None:
        self._opener = opener
        self._item = item
        self._timeout_s = timeout_s
        self._version: str | None = None  # the server's strong ETag, once known

    def read_into(self, part: _Part) -> Iterator[int | None]:
        """Appends what is missing, and yields the total size with each chunk.

        Raises _Broken, DownloadFailed, or OSError where the disk will not have it.
        """
        if part.size_bytes and part.size_bytes == self._item.size_bytes:
            return
        response = self._open(part.size_bytes)
        if response is None:  # there is nothing from there on: what is here is the whole, or is not of this file
            if self._item.size_bytes is not None or not (self._item.sha256 or self._item.md5):
                part.restart()
                raise _Broken("the server has less than was here")
            return
        with response:
            total_bytes = self._begin(response, part)
            yield total_bytes
            while chunk := self._chunk(response):
                if part.size_bytes + len(chunk) > (total_bytes or self._item.most_bytes):
                    raise DownloadFailed(f"The server sends more than {Path(self._item.target).name} can be.")
                part.append(chunk)
                yield total_bytes
        if total_bytes is not None and part.size_bytes < total_bytes:
            raise _Broken("it broke off")

    def _open(self, start: int) -> Any | None:
        """The server's reply; None where it says that nothing lies beyond `start`."""
        headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self._version is not None:
                headers["If-Range"] = self._version
        request = urllib.request.Request(self._item.address, headers=headers)  # noqa: S310 - fetch() checked it
        try:
            return self._opener.open(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == _UNSATISFIABLE and start:
                return None
            if error.code in _TRANSIENT:
                raise _Broken(f"the server answers {error.code}") from error
            raise DownloadFailed(f"The server answers {error.code} {error.reason}.") from error
        except (OSError, HTTPException) as error:
            raise _Broken(_reason(error)) from error

    def _begin(self, response: Any, part: _Part) -> int | None:
        """Looks at the headers, and returns the whole file's size. Empties the part where the server starts anew."""
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            part.restart()
            total_bytes = _number(response.headers.get("Content-Length"))
        else:
            start, total_bytes = _content_range(response.headers.get("Content-Range", ""))
            if start != part.size_bytes:
                part.restart()
                raise _Broken("the server sends another part than was asked for")
        tag = response.headers.get("ETag", "")
        self._version = tag if tag.startswith('"') else None
        expected = self._item.size_bytes
        if expected is not None and total_bytes not in (None, expected):
            raise DownloadFailed(
                f"The server's {Path(self._item.target).name} has {total_bytes:,} bytes instead of {expected:,}."
            )
        if (total_bytes or 0) > self._item.most_bytes:
            raise DownloadFailed(f"The server says {total_bytes:,} bytes, which is more than this model can have.")
        self._check_room(part, total_bytes or expected or self._item.most_bytes)
        return total_bytes or expected

    def _check_room(self, part: _Part, total_bytes: int) -> None:
        missing_bytes = total_bytes - part.size_bytes + _SPARE_BYTES - part.free_bytes()
        if missing_bytes > 0:
            raise DownloadFailed(f"The disk is too full: {missing_bytes / 1e9:.1f} GB more must be free.")

    def _chunk(self, response: Any) -> bytes:
        try:
            data: bytes = response.read1(_CHUNK_BYTES)
        except (OSError, HTTPException) as error:
            raise _Broken(_reason(error)) from error
        return data


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _content_range(text: str) -> tuple[int | None, int | None]:
    """Where a part begins and how large the whole is, of `bytes 5-9/10`; None for what is not said."""
    span, _, total = text.removeprefix("bytes ").partition("/")
    return _number(span.partition("-")[0]), _number(total)


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError):
        return "the server is silent"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(inner) or type(inner).__name__


def _why_not_kept(error: OSError, item: Item) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full. What came is kept; make room and try again."
    return f"{Path(item.target).name} cannot be written: {error.strerror}."


def main() -> None:
    if CONSENT not in sys.argv[1:]:
        sys.exit("Tintype uses the network only when a person has agreed to it.")
    order = read_frame(sys.stdin.buffer, msgspec.msgpack.Decoder(Order))
    if order is None:
        return
    reports, told_at = sys.stdout.buffer, 0.0
    try:
        for report in fetch(order):
            if isinstance(report, Whole) or time.monotonic() - told_at > _REPORT_S:
                write_frame(reports, report)
                told_at = time.monotonic()
    except DownloadFailed as error:
        write_frame(reports, Failed(0, error.code, str(error)))
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # nobody waits for it any more; what came is kept


if __name__ == "__main__":
    main()
