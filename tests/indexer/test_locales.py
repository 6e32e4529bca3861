from __future__ import annotations

from indexer.locales import locale


def test_no_locale_changes_another() -> None:
    """As Babel's own do: once the months of Chinese or Uyghur were read, German has some of them."""

    def months() -> list[list[str]]:
        german = locale("de").months
        return [
            list(german[form][width].values())
            for form in ("format", "stand-alone")
            for width in ("wide", "abbreviated")
        ]

    before = months()
    for code in ("zh", "ug", "az", "ja", "ps"):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                assert list(locale(code).months[form][width].values())
    assert months() == before
    assert before[0][4] == before[2][4] == "Mai"
