"""Downloading from a server on this machine that behaves as badly as servers do."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine import download, models, seals
from engine.download import Arrived, Item, Order, Whole, address_is_allowed
from engine.errors import Cancelled, DownloadFailed
from engine.fetching import Progress, addresses, fetch
from engine.messages import ModelFiles
from engine.models import CatalogueModel, PublishedFile

CONTENT = bytes(range(256)) * 4096  # 1 MiB


@dataclass
class Server:
    """What the server has, and how it misbehaves: each reply takes the next of `tricks`, then it behaves."""

    files: dict[str, bytes]
    tricks: list[str] = field(default_factory=list)
    forever: str = ""
    ranges: list[str | None] = field(default_factory=list)
    halfway: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def next_trick(self) -> str:
        return self.forever or (self.tricks.pop(0) if self.tricks else "")


def handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None: ...

        def do_GET(self) -> None:
            trick, asked = server.next_trick(), self.headers.get("Range")
            server.ranges.append(asked)
            content = server.files.get(self.path, b"")
            if trick in ("ignores range", "drops anew"):
                asked = None
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if trick.isdecimal():
                self.send_error(int(trick))
            elif trick.startswith("to "):
                self.answer(302, b"", Location=trick.removeprefix("to "))
            elif self.path not in server.files:
                self.send_error(404)
            elif asked and start >= len(content):
                self.send_error(416)
            elif asked:
                first = start + 1 if trick == "another part" else start
                span = f"bytes {first}-{len(content) - 1}/{len(content)}"
                self.answer(206, content[first:], trick, **{"Content-Range": span})
            else:
                self.answer(200, content, trick)

        def answer(self, status: int, body: bytes, trick: str = "", **headers: str) -> None:
            self.send_response(status)
            lengths = {"too long": len(body) + 1000, "too short": len(body) - 1000, "huge": 10**15}
            if trick != "no length":
                self.send_header("Content-Length", str(lengths.get(trick, len(body))))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if trick in ("drops", "drops anew", "hangs"):
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                if trick == "hangs":
                    server.halfway.set()
                    server.released.wait(30)
            elif trick == "wrong":
                self.wfile.write(bytes(len(body)))
            elif trick == "more":
                self.wfile.write(body + b"more")
            else:
                self.wfile.write(body)
            self.close_connection = True

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server({"/file": CONTENT})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(told))
    told.address = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    told.released.set()
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def item(server: Server, tmp_path: Path) -> Item:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Item(f"{server.address}/file", str(tmp_path / "file"), len(CONTENT), len(CONTENT), digest)


def unknown(item: Item) -> Item:
    """The same file, of which neither size nor hash is known before."""
    return Item(item.address, item.target, item.most_bytes * 2)


def fetched(item: Item, **options: float) -> list[Arrived | Whole]:
    return list(download.fetch(Order((item,), **{"pause_s": 0, "timeout_s": 5, "attempts": 3, **options})))  # type: ignore[arg-type]


def refusal(item: Item, **options: float) -> str:
    with pytest.raises(DownloadFailed) as caught:
        fetched(item, **options)
    assert not Path(item.target).exists()
    return str(caught.value)


def test_a_file_arrives_whole_and_is_reported(item: Item) -> None:
    *arriving, whole = fetched(item)
    assert Path(item.target).read_bytes() == CONTENT
    assert whole == Whole(0, len(CONTENT), item.sha256)
    assert [report.done_bytes for report in arriving] == sorted(report.done_bytes for report in arriving)
    assert list(Path(item.target).parent.iterdir()) == [Path(item.target)]


def test_a_connection_that_drops_is_taken_up_where_it_dropped(server: Server, item: Item) -> None:
    server.tricks = ["drops", "503", "drops"]
    fetched(item)
    half, quarter = len(CONTENT) // 2, len(CONTENT) // 4
    assert server.ranges == [None, f"bytes={half}-", f"bytes={half}-", f"bytes={half + quarter}-"]
    assert Path(item.target).read_bytes() == CONTENT


@pytest.mark.parametrize("trick", ["ignores range", "another part"])
def test_a_server_that_does_not_resume_starts_anew(server: Server, item: Item, trick: str) -> None:
    server.tricks = ["drops", trick]
    fetched(item)
    assert Path(item.target).read_bytes() == CONTENT


def test_what_an_earlier_process_left_is_used(server: Server, item: Item) -> None:
    Path(f"{item.target}.part").write_bytes(CONTENT[:1000])
    fetched(item)
    assert server.ranges == ["bytes=1000-"]
    assert Path(item.target).read_bytes() == CONTENT


def test_what_an_earlier_process_left_is_not_used_where_no_hash_could_tell(server: Server, item: Item) -> None:
    Path(f"{item.target}.part").write_bytes(b"x" * 1000)
    fetched(unknown(item))
    assert server.ranges == [None]
    assert Path(item.target).read_bytes() == CONTENT


def test_leftovers_larger_than_the_file_are_thrown_away(item: Item) -> None:
    Path(f"{item.target}.part").write_bytes(CONTENT + b"more")
    fetched(item)
    assert Path(item.target).read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_forgotten(server: Server, item: Item) -> None:
    server.tricks = ["wrong"]
    assert refusal(item) == "What came is not the published file: its hash differs."
    fetched(item)
    assert Path(item.target).read_bytes() == CONTENT


def test_an_md5_is_compared_where_it_is_all_that_is_known(server: Server, item: Item) -> None:
    known = Item(item.address, item.target, item.most_bytes, md5=hashlib.md5(CONTENT).hexdigest())
    server.tricks = ["wrong"]
    assert "its hash differs" in refusal(known)
    fetched(known)


def test_a_size_that_is_not_the_published_one_is_refused_at_once(server: Server, item: Item) -> None:
    server.forever = "too long"
    assert "1,049,576 bytes instead of 1,048,576" in refusal(item)
    assert server.ranges == [None]


def test_a_file_that_never_gets_as_long_as_announced_is_given_up(server: Server, item: Item) -> None:
    server.forever = "too long"
    assert "does not hold" in refusal(unknown(item))


def test_a_server_that_always_drops_and_cannot_resume_is_given_up(server: Server, item: Item) -> None:
    server.forever = "drops anew"
    assert refusal(item) == "The connection does not hold: it broke off. What came is kept; try again."


def test_more_than_was_announced_is_not_taken(server: Server, item: Item) -> None:
    server.tricks = ["too short"]
    assert "instead of" in refusal(item)
    server.tricks = ["more"]
    fetched(item)
    assert Path(item.target).read_bytes() == CONTENT


def test_without_a_length_the_known_size_decides(server: Server, item: Item) -> None:
    server.forever = "no length"
    fetched(item)
    server.files["/file"] = CONTENT + b"more"
    Path(item.target).unlink()
    assert "sends more than file can be" in refusal(item)


def test_a_size_that_no_model_has_is_refused(server: Server, item: Item) -> None:
    server.forever = "huge"
    assert "more than this model can have" in refusal(unknown(item))


def test_a_disk_without_room_is_told_before_anything_comes(item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(Path(item.target).parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    assert refusal(item) == "The disk is too full: 0.5 GB more must be free."
    assert Path(f"{item.target}.part").stat().st_size == 0


def test_a_silent_server_is_given_up_and_asked_again(server: Server, item: Item) -> None:
    server.tricks = ["hangs"]
    fetched(item, timeout_s=0.2)
    assert Path(item.target).read_bytes() == CONTENT


def test_nobody_listening_is_a_sentence(item: Item) -> None:
    nobody = Item("http://127.0.0.1:9/file", item.target, 10)
    assert refusal(nobody) == "The connection does not hold: Connection refused. What came is kept; try again."


@pytest.mark.parametrize(("status", "words"), [("404", "answers 404"), ("401", "answers 401")])
def test_a_refusal_is_final(server: Server, item: Item, status: str, words: str) -> None:
    server.tricks = [status]
    assert words in refusal(item)
    assert len(server.ranges) == 1


def test_a_server_that_is_busy_for_good_is_given_up(server: Server, item: Item) -> None:
    server.forever = "503"
    assert "the server answers 503" in refusal(item)
    assert len(server.ranges) == 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.org/file", "that is not safe"),
        ("ftp://127.0.0.1/file", "that is not safe"),
        ("file:///etc/passwd", "is not allowed"),
    ],
)
def test_redirects_to_what_is_not_https_are_refused(server: Server, item: Item, address: str, words: str) -> None:
    server.tricks = [f"to {address}"]
    assert words in refusal(item)


def test_redirects_are_followed_with_their_range(server: Server, item: Item) -> None:
    server.files["/elsewhere"] = server.files.pop("/file")
    Path(f"{item.target}.part").write_bytes(CONTENT[:1000])
    server.tricks = [f"to {server.address}/elsewhere"]
    fetched(item)
    assert server.ranges == ["bytes=1000-", "bytes=1000-"]


def test_which_addresses_are_allowed() -> None:
    assert address_is_allowed("https://example.org/a")
    assert address_is_allowed("http://127.0.0.1/a")
    assert address_is_allowed("https://example.org/a", before="http://127.0.0.1/a")
    assert not address_is_allowed("http://example.org/a")
    assert not address_is_allowed("http://127.0.0.1/a", before="https://example.org/a")
    assert not address_is_allowed("https:///a")


def test_the_process_does_nothing_without_consent() -> None:
    done = subprocess.run([sys.executable, "-m", "engine.download"], input=b"", capture_output=True, check=False)
    assert done.returncode == 1
    assert b"only when a person has agreed" in done.stderr


# ---- a whole model, by the process


@pytest.fixture
def published(server: Server, tiny: Callable[[str], ModelFiles]) -> CatalogueModel:
    """MiniCPM-V 4.0 as the server has it: tiny."""
    files, sides = tiny("5"), {}
    server.files.clear()
    for side, path in (("text", Path(files.text)), ("vision", Path(files.vision))):
        content = path.read_bytes()
        server.files[f"/models/main/{side}.gguf"] = content
        sides[side] = PublishedFile(f"{side}.gguf", len(content), hashlib.sha256(content).hexdigest())
    return replace(models.spec("minicpm-v-4"), repository="models", **sides)


def hub(server: Server) -> str:
    return server.address + "/{repository}/{revision}/{name}"


def test_a_model_is_installed_when_both_files_are_here(
    server: Server, published: CatalogueModel, tmp_path: Path
) -> None:
    heard: list[Progress] = []
    files = fetch(published, tmp_path, consented=True, hub=hub(server), on_progress=heard.append)
    assert models.installed(tmp_path) == [files]
    assert heard[-1] == Progress(published.download_bytes, published.download_bytes)
    seal = seals.get(Path(files.text))
    assert seal is not None
    assert seal.published
    server.ranges.clear()
    assert fetch(published, tmp_path, consented=True, hub=hub(server)) == files
    assert server.ranges == []


def test_nothing_is_fetched_without_consent(server: Server, published: CatalogueModel, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="unless you agree"):
        fetch(published, tmp_path, consented=False, hub=hub(server))
    assert server.ranges == []


def test_a_failed_model_is_not_installed_and_says_why(
    server: Server, published: CatalogueModel, tmp_path: Path
) -> None:
    server.tricks = ["", "wrong"]
    with pytest.raises(DownloadFailed, match=r"minicpm-v-4 could not be downloaded\. What came is not the published"):
        fetch(published, tmp_path, consented=True, hub=hub(server))
    assert models.installed(tmp_path) == []
    fetch(published, tmp_path, consented=True, hub=hub(server))
    assert len(server.ranges) == 3  # the first file was there already


def test_files_that_are_no_model_are_thrown_away(server: Server, published: CatalogueModel, tmp_path: Path) -> None:
    server.files["/models/main/text.gguf"] = CONTENT
    other = replace(published, text=PublishedFile("text.gguf", rounded_bytes=len(CONTENT)))
    with pytest.raises(models.ModelUnusable, match="not a whole GGUF"):
        fetch(other, tmp_path, consented=True, hub=hub(server))
    assert models.installed(tmp_path) == []


def test_a_cancelled_download_goes_on_next_time(server: Server, published: CatalogueModel, tmp_path: Path) -> None:
    server.tricks = ["hangs"]
    with pytest.raises(Cancelled, match="What came is kept"):
        fetch(published, tmp_path, consented=True, hub=hub(server), cancel=server.halfway)
    assert models.installed(tmp_path) == []
    server.released.set()
    fetch(published, tmp_path, consented=True, hub=hub(server))
    assert len(models.installed(tmp_path)) == 1


def test_addresses_come_from_the_catalogue() -> None:
    text, vision = addresses(models.spec("minicpm-v-4.6"))
    assert text.startswith("https://")
    assert text.endswith(
        "/openbmb/MiniCPM-V-4.6-gguf/resolve/afe9accb78d2995d214cd912920c9c92f4015faa/MiniCPM-V-4_6-Q4_K_M.gguf"
    )
    assert vision.endswith("/mmproj-model-f16.gguf")
    with pytest.raises(DownloadFailed, match="comes with Tintype"):
        addresses(models.spec("pocket"))
