"""The command line as a person or a script uses it: every command, its JSON, and what it says when things go wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageOps

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"
WASHING_MACHINE = SAMPLES / "Receipts" / "washing machine.jpg"


class Terminal:
    """Runs `tintype` with a home and a $HOME of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "tintype"
        self.user = folder / "user"
        self.user.mkdir()
        self.environment = os.environ | {
            "TINTYPE_HOME": str(self.home),
            "HOME": str(self.user),
            "XDG_CACHE_HOME": str(self.user / ".cache"),
            "QT_QPA_PLATFORM": "offscreen",
        }
        self.environment.pop("DISPLAY", None)

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "desktop_app", *arguments]
        done = subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150
        )
        assert done.returncode == status, done.stderr
        return done

    def json(self, *arguments: str) -> object:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few sample photos and one file that is no photo at all."""
    truth = json.loads((SAMPLES / "truth.json").read_text())
    folder = tmp_path_factory.mktemp("pictures")
    wanted = [name for name, facts in truth.items() if facts["kind"] in ("receipt", "sign")][:5]
    for number, name in enumerate(wanted):
        shutil.copy(SAMPLES / name, folder / f"{number}{Path(name).suffix}")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    return folder


@pytest.fixture(scope="module")
def washing_machine(pictures: Path) -> Path:
    return next(path for path in pictures.iterdir() if path.read_bytes() == WASHING_MACHINE.read_bytes())


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(tmp_path_factory.mktemp("terminal"))


@pytest.fixture(scope="module")
def report(terminal: Terminal, pictures: Path) -> dict[str, object]:
    return terminal.json("index", str(pictures))


def test_index_accounts_for_every_file(report: dict[str, object], pictures: Path) -> None:
    assert set(report) == {"photos", "new", "changed", "moved", "removed", "failed", "seconds"}
    assert report["photos"] == report["new"] == 5
    (failure,) = report["failed"]
    assert failure["path"] == str(pictures / "broken.jpg")
    assert failure["reason"].endswith(".")


def test_index_again_finds_nothing_new(terminal: Terminal, report: dict[str, object], pictures: Path) -> None:
    again = terminal.json("index", str(pictures))
    assert (again["photos"], again["new"], again["changed"], again["removed"]) == (5, 0, 0, 0)


def test_look_says_in_how_many_views_a_photo_was_looked_at(
    terminal: Terminal, report: dict[str, object], washing_machine: Path
) -> None:
    (looked,) = terminal.json("look", str(washing_machine))["photos"]
    assert looked["caption"] == "A receipt, mostly white. Text: " + looked["caption"].partition("Text: ")[2]
    assert (looked["views"], looked["all_views"], looked["reason"]) == (1, 1, "plain")
    (closely,) = terminal.json("look", str(washing_machine), "--all-views")["photos"]
    assert (closely["views"], closely["reason"]) == (1, "asked")
    assert f"{washing_machine}: 1 of 1 views (plain)" in terminal.run("look", str(washing_machine)).stdout


def test_photos_are_described_again_in_another_language(tmp_path: Path, washing_machine: Path) -> None:
    terminal, folder = Terminal(tmp_path), tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(washing_machine, folder)
    terminal.run("index", str(folder))
    terminal.run("index", "--language", "es")
    (hit,) = terminal.json("search", "washing machine")["photos"]
    assert hit["caption"].startswith("A receipt")
    terminal.run("index", "--again")
    (hit,) = terminal.json("search", "washing machine")["photos"]
    assert hit["caption"].startswith("Un recibo")
    assert "no language that is known" in terminal.run("index", "--language", "xyzzy", status=2).stderr


def test_how_closely_to_look_is_kept(terminal: Terminal, report: dict[str, object]) -> None:
    for option, kept in (("--close", "close"), ("--quick", "quick")):
        terminal.run("index", option)
        with sqlite3.connect(terminal.home / "library.sqlite") as connection:
            assert connection.execute("select value from settings where name = 'closeness'").fetchone() == (kept,)
        connection.close()


def test_look_at_what_is_not_in_the_library_names_the_remedy(terminal: Terminal, report: dict[str, object]) -> None:
    assert "tintype index" in terminal.run("look", str(WASHING_MACHINE), status=2).stderr


def test_look_at_a_file_that_is_no_photo_says_so(terminal: Terminal, report: dict[str, object], pictures: Path) -> None:
    assert "broken.jpg" in terminal.run("look", str(pictures / "broken.jpg"), status=1).stderr


def test_search_finds_what_is_written_in_a_photo(terminal: Terminal, report: dict[str, object]) -> None:
    (first, *_) = terminal.json("search", "receipt")["photos"]
    assert set(first) == {"path", "caption", "text", "score"}
    word = max(first["text"].split(), key=len)
    assert first["path"] in [photo["path"] for photo in terminal.json("search", word)["photos"]]


def test_search_for_nonsense_finds_nothing(terminal: Terminal, report: dict[str, object]) -> None:
    assert terminal.json("search", "xyzzyplugh")["photos"] == []


def test_search_for_no_word_at_all_finds_nothing(terminal: Terminal, report: dict[str, object]) -> None:
    assert terminal.json("search", " ?! ")["photos"] == []


def test_search_for_the_latest_lists_the_newest_first(terminal: Terminal, report: dict[str, object]) -> None:
    newest = terminal.json("ask", "my latest photo")["photos"]
    assert terminal.json("search", "latest photo")["photos"][:1] == newest


def test_search_by_a_picture_finds_the_photo_that_is_most_like_it(
    terminal: Terminal, report: dict[str, object], washing_machine: Path, tmp_path: Path
) -> None:
    """A smaller copy of it, elsewhere."""
    small = tmp_path / "small.png"
    with Image.open(washing_machine) as image:
        ImageOps.exif_transpose(image).reduce(2).save(small)
    found = terminal.json("search", "--like", str(small))["photos"]
    assert found[0]["path"] == str(washing_machine)
    alike = [photo["path"] for photo in terminal.json("search", "--like", str(washing_machine))["photos"]]
    assert str(washing_machine) not in alike


def test_search_wants_words_or_a_picture(terminal: Terminal) -> None:
    assert "--like" in terminal.run("search", status=2).stderr


def test_reader_that_has_enough_hears_no_complaint(terminal: Terminal) -> None:
    command = [sys.executable, "-m", "desktop_app", "models", "list", "--json"]
    process = subprocess.Popen(command, env=terminal.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, b"")


def test_ask_answers_in_the_language_of_the_question(terminal: Terminal, report: dict[str, object]) -> None:
    answer = terminal.json("ask", "¿Cuántos recibos tengo?")
    assert set(answer) == {"answer", "language", "photos", "query"}
    assert answer["language"] == "es"
    assert answer["query"]["kinds"] == ["receipt"]
    assert str(len(answer["photos"])) in answer["answer"]


def test_ask_about_one_photo_says_what_is_known_of_it(
    terminal: Terminal, report: dict[str, object], washing_machine: Path
) -> None:
    answer = terminal.json("ask", "--photo", str(washing_machine), "what is this?")
    assert "receipt" in answer["answer"]
    assert answer["answer"] in terminal.run("ask", "--photo", str(washing_machine), "what is this?").stdout


def test_ask_about_a_photo_that_is_not_in_the_library_names_the_remedy(
    terminal: Terminal, report: dict[str, object]
) -> None:
    run = terminal.run("ask", "--photo", str(WASHING_MACHINE), "what is this?", status=2)
    assert "tintype index" in run.stderr


@pytest.mark.parametrize(
    "question",
    [
        "where is the receipt for the washing machine?",
        "¿Dónde está el recibo de la lavadora?",
        "Wo ist die Quittung der Waschmaschine?",
        "洗衣机的收据在哪里？",
        "أين إيصال الغسالة؟",
        "वॉशिंग मशीन की रसीद कहाँ है?",
    ],
)
def test_the_receipt_is_found_in_every_language(
    terminal: Terminal, report: dict[str, object], washing_machine: Path, question: str
) -> None:
    answer = terminal.json("ask", question)
    assert [photo["path"] for photo in answer["photos"]] == [str(washing_machine)]
    assert "[1]" in answer["answer"]


def test_plan_cuts_as_published(terminal: Terminal) -> None:
    small, large = terminal.json("plan", "300x200", "4032x3024")
    assert small == {
        "width": 300,
        "height": 200,
        "overview": [546, 364],
        "grid": None,
        "refined": None,
        "slice": None,
        "tokens": small["tokens"],
    }
    assert (large["grid"], large["refined"], large["slice"]) == ([3, 3], [1554, 1176], [518, 392])


def test_bench_compares_with_the_handler(terminal: Terminal, tmp_path: Path) -> None:
    counts = ("--photos", "1", "--few", "1", "--rounds", "1", "--tokens", "2")
    done = terminal.run("bench", "--what", "rounds", *counts, "--json", "--out", str(tmp_path / "result.json"))
    result = json.loads(done.stdout)
    assert json.loads((tmp_path / "result.json").read_text()) == result
    assert (result["model"], result["rounds"]) == ("pocket", 1)
    assert result["photos"]["ratios"] == [result["photos"]["ratio"]]
    assert result["photos"]["tintype"]["tokens"] > 0
    assert result["photos"]["handler"]["views"] == 10
    assert result["levers"] is result["memory_in_turn"] is None
    assert "round 1 of 1" in done.stderr


def test_bench_that_is_stopped_leaves_what_it_measured(terminal: Terminal, tmp_path: Path) -> None:
    kept = tmp_path / "result.json"
    command = [sys.executable, "-m", "desktop_app", "bench", "--json", "--out", str(kept)]
    process = subprocess.Popen(command, env=terminal.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    give_up = time.monotonic() + 60
    while not kept.exists() and time.monotonic() < give_up:
        time.sleep(0.1)
    process.terminate()
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"Stopped after 0 rounds" in errors
    assert json.loads(printed) == json.loads(kept.read_text())
    assert json.loads(printed)["photos"] is None


def test_bench_measures_only_what_there_is(terminal: Terminal) -> None:
    assert "warmth cannot be measured" in terminal.run("bench", "--what", "warmth", status=2).stderr
    assert "no-such-model is not on this machine" in terminal.run("bench", "--model", "no-such-model", status=2).stderr
    assert "Choose one" in terminal.run("bench", "--model", "pocket", "--random", "minicpm-v-4", status=2).stderr


def test_bench_measures_a_library_made_up(terminal: Terminal) -> None:
    result = terminal.json("bench", "library", "--photos", "600", "--large", "2")
    assert (result["photos"], result["library_bytes"] > 0) == (600, True)
    assert result["facts_ratio"] == pytest.approx(result["facts_a_second"] / result["pillow_a_second"])
    assert result["window_bytes"] > 50_000_000
    shares = [result[name]["p95_s"] for name in ("page", "search", "answer", "like")]
    seconds = (result["opening_s"], result["rescan_s"], result["first_answer_s"], *shares)
    assert all(0 < value < 30 for value in seconds)


def test_models_lists_the_embedded_one_as_chosen(terminal: Terminal) -> None:
    rows = terminal.json("models", "list")
    assert [row["installed"] for row in rows if row["chosen"]] == [True]
    assert len(rows) >= 7


def test_models_readers_lists_further_scripts(terminal: Terminal, tmp_path: Path) -> None:
    rows = terminal.json("models", "readers")
    assert {"reader-th", "reader-arabic", "reader-korean"} <= {row["name"] for row in rows}
    assert not any(row["installed"] for row in rows)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"not one of them")
    assert "none of the text reader's models" in terminal.run("models", "import", str(other), status=1).stderr


def test_models_verify_compares_the_embedded_one_with_what_was_published(terminal: Terminal) -> None:
    rows = terminal.json("models", "verify")
    assert [(row["model"], row["file"]) for row in rows] == [
        ("pocket", "pocket-text.gguf"),
        ("pocket", "pocket-mmproj.gguf"),
    ]
    assert all(row["published"] for row in rows)
    assert set(rows[0]) == {"model", "file", "size_bytes", "sha256", "published"}


def test_models_recommend_says_why(terminal: Terminal) -> None:
    recommendation = terminal.json("models", "recommend")
    assert recommendation["name"] in {row["name"] for row in terminal.json("models", "list")}
    assert " needs " in recommendation["why"]


def test_models_download_shows_what_it_would_fetch_and_fetches_nothing_unless_told(terminal: Terminal) -> None:
    done = terminal.run("models", "download", "minicpm-v-4.6", status=1)
    assert "MiniCPM-V 4.6: 1.6 GB, licence: Apache-2.0." in done.stderr
    assert "MiniCPM-V-4_6-Q4_K_M.gguf" in done.stderr
    assert not (terminal.home / "models").exists()
    assert "It comes with Tintype." in terminal.run("models", "download", "pocket", "--yes", status=1).stderr


def test_doctor_finds_nothing_wrong_and_proves_the_sandbox(terminal: Terminal) -> None:
    diagnosis = terminal.json("doctor")
    assert set(diagnosis) == {"machine", "versions", "model", "checks"}
    checks = {check["name"]: check for check in diagnosis["checks"]}
    assert checks["model offline"]["ok"]
    assert checks["text reader offline"]["ok"]
    assert [check for check in checks.values() if not check["ok"] or check["remedy"]] == []


def test_doctor_names_a_remedy_for_a_damaged_library(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.home.mkdir()
    (terminal.home / "library.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    diagnosis = json.loads(terminal.run("doctor", "--json", status=1).stdout)
    (bad,) = [check for check in diagnosis["checks"] if not check["ok"]]
    assert "library" in bad["detail"]
    assert bad["remedy"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["index", "/no/such/folder"], "There is no folder"),
        (["index", ""], "There is no folder"),
        (["search", "--limit", "9" * 30, "x"], "not in the range"),
        (["plan", "640x0"], "not a size"),
        (["models", "use", "gpt"], "not on this machine"),
        (["models", "verify", "gpt"], "not on this machine"),
        (["library", "export", "all.xlsx"], "ends neither in .json nor in .csv"),
        (["models", "random", "pocket", "nowhere"], "There are dimensions of minicpm-llama3-v-2.5"),
        (["ask"], "Missing argument"),
    ],
)
def test_a_wrong_argument_is_one_sentence(terminal: Terminal, arguments: list[str], words: str) -> None:
    done = terminal.run(*arguments, status=2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_of_a_newer_tintype_is_refused_with_a_sentence(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.run("models", "list")
    with sqlite3.connect(terminal.home / "library.sqlite") as connection:
        connection.execute("pragma user_version = 9999")
    connection.close()
    done = terminal.run("search", "anything", status=1)
    assert "newer Tintype" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_damaged_where_only_a_search_reads_is_told_in_a_sentence(
    tmp_path: Path, terminal: Terminal, report: dict[str, object]
) -> None:
    other = Terminal(tmp_path)
    other.home.mkdir()
    with sqlite3.connect(terminal.home / "library.sqlite") as connection:
        connection.execute("vacuum into ?", [str(other.home / "library.sqlite")])
    connection.close()
    with sqlite3.connect(other.home / "library.sqlite") as connection:
        pages = connection.execute(
            "select rootpage from sqlite_master where name in ('photos', 'descriptions', 'photo_words_config')"
        ).fetchall()
        size = connection.execute("pragma page_size").fetchone()[0]
    connection.close()
    with (other.home / "library.sqlite").open("r+b") as library:
        for (page,) in pages:
            library.seek((page - 1) * size)
            library.write(b"?" * size)
    done = other.run("search", "receipt", status=1)
    assert "is damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_everything_written_is_in_the_home(terminal: Terminal, report: dict[str, object]) -> None:
    assert (terminal.home / "library.sqlite").exists()
    assert [path for path in terminal.user.rglob("*") if path.is_file()] == []


def test_a_library_is_checked_copied_and_exported(
    terminal: Terminal, report: dict[str, object], pictures: Path, tmp_path: Path
) -> None:
    assert terminal.json("library", "check") == {
        "path": str(terminal.home / "library.sqlite"),
        "sound": True,
        "complaints": [],
    }
    copy = terminal.json("library", "backup")
    assert Path(copy["path"]).parent == terminal.home / "backups"
    assert Path(copy["path"]).stat().st_size == copy["bytes"] > 0
    (tmp_path / "tintype").mkdir()
    shutil.copy(copy["path"], tmp_path / "tintype" / "library.sqlite")
    restored = Terminal(tmp_path)
    found = [photo["caption"] for photo in terminal.json("search", "receipt")["photos"]]
    assert [photo["caption"] for photo in restored.json("search", "receipt")["photos"]] == found != []
    assert "5 photos" in terminal.run("library", "export", str(tmp_path / "all.json")).stdout
    rows = json.loads((tmp_path / "all.json").read_text())
    names = {Path(path).name for row in rows for path in row["paths"]}
    assert names == {path.name for path in pictures.iterdir()} - {"broken.jpg"}


def test_photos_that_look_alike_are_listed_and_sidecars_are_written(tmp_path: Path) -> None:
    terminal, folder = Terminal(tmp_path), tmp_path / "pictures"
    folder.mkdir()
    with Image.open(SAMPLES / "Alps" / "Winter.jpg") as lake:
        lake.save(folder / "large.jpg")
        lake.resize((lake.width // 2, lake.height // 2)).save(folder / "small.png")
    shutil.copy(WASHING_MACHINE, folder)
    terminal.run("index", str(folder))
    ((large, small),) = terminal.json("library", "alike")
    assert (Path(large["path"]).name, Path(small["path"]).name) == ("large.jpg", "small.png")
    assert large["width"] == 2 * small["width"]
    written = {"new": 3, "changed": 0, "same": 0, "failed": []}
    assert "new: " in terminal.run("library", "write-back", "--dry-run").stdout
    assert terminal.json("library", "write-back") == written
    assert terminal.json("library", "write-back") == written | {"new": 0, "same": 3}
    assert len(list(folder.glob("*.xmp"))) == 3


def test_a_damaged_library_fails_its_check(terminal: Terminal, report: dict[str, object], tmp_path: Path) -> None:
    copy = Path(terminal.json("library", "backup", str(tmp_path / "tintype" / "library.sqlite"))["path"])
    with sqlite3.connect(copy) as connection:
        connection.execute("delete from photos where id = 1")
    connection.close()
    damaged = Terminal(tmp_path)
    said = damaged.run("library", "check", status=1).stdout.splitlines()
    assert said and all(sentence.endswith(".") for sentence in said)


def test_when_to_rest_is_chosen_and_kept(terminal: Terminal) -> None:
    usual = {"battery_percent": 40, "heat_c": 95, "busy_percent": 60, "from_h": 0, "to_h": 0}
    assert terminal.json("rest")["limits"] == usual
    assert terminal.json("rest", "--battery", "20", "--busy", "0")["limits"]["battery_percent"] == 20
    chosen = usual | {"battery_percent": 20, "busy_percent": 0}
    assert terminal.json("rest")["limits"] == chosen
    assert terminal.json("rest", "--hours", "22-7")["limits"] == chosen | {"from_h": 22, "to_h": 7}
    assert "Outside 22:00 to 7:00" in terminal.run("rest").stdout
    assert terminal.json("rest", "--hours", "always")["limits"] == chosen
    assert "neither two hours" in terminal.run("rest", "--hours", "7-25", status=2).stderr
    assert "Below 20 % of battery: now" in terminal.run("rest").stdout


def test_nothing_to_copy_is_said(tmp_path: Path) -> None:
    assert "There is no library at" in Terminal(tmp_path).run("library", "backup", status=1).stderr


def test_index_stopped_by_ctrl_c_goes_on_from_there(tmp_path: Path, pictures: Path) -> None:
    terminal = Terminal(tmp_path)
    command = [sys.executable, "-m", "desktop_app", "index", str(pictures), "--json"]
    process = subprocess.Popen(command, env=terminal.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    library = terminal.home / "library.sqlite"
    while not library.exists() or not photos_known(library):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"Stopped before the end" in errors
    assert terminal.json("index", str(pictures))["photos"] == 5


def photos_known(library: Path) -> int:
    connection = sqlite3.connect(f"file:{library}?mode=ro", uri=True)
    try:
        return int(connection.execute("select count(*) from photos").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0
    finally:
        connection.close()
