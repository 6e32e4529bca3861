from __future__ import annotations

import pytest

from desktop_app.terminal import Growing


def test_a_text_that_grows_is_printed_once_and_one_that_changes_begins_anew(capsys: pytest.CaptureFixture[str]) -> None:
    growing = Growing()
    for text in ("found 2", "[1] A", "[1] A dog", "[1] A dog."):
        growing.show(text)
    growing.end()
    assert capsys.readouterr().out == "found 2\n\n[1] A dog.\n"


def test_a_quiet_one_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    growing = Growing(quiet=True)
    growing.show("A dog")
    growing.end()
    assert capsys.readouterr().out == ""
