"""Dates in words and numbers mean the days that a speaker of the language means."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import dates, language

TODAY = date(2026, 11, 22)  # a Sunday


def found(code: str, text: str, today: date = TODAY) -> list[tuple[str, str]]:
    return [
        (str(period.first or ""), str(period.last or "")) for period in dates.find(language.words(text), code, today)
    ]


@pytest.mark.parametrize(("code", "text"), [
    ("en", "may I see the dog"), ("en", "a march of penguins"), ("en", "people who fall"), ("en", "sun and sea"),
    ("en", "a bill of 12.50"), ("en", "room 1234567"), ("es", "el mar"),
    ("de", "Fotos vom Meer"), ("zh", "海边的日落"), ("ar", "صور الشاطئ"), ("hi", "समुद्र तट"),
    ("en", "2 dogs and 3 cats"), ("en", "poster of the summer festival"), ("es", "fiesta de verano"),
    ("de", "Winter und Schnee"),
])  # fmt: skip
def test_words_that_only_look_like_dates_are_left_alone(code: str, text: str) -> None:
    assert found(code, text) == []


def test_only_the_words_of_the_date_are_taken() -> None:
    [period] = dates.find(language.words("dogs in May 2023 in Rome"), "en", TODAY)
    assert (period.start, period.end) == (2, 4)


def test_two_dates_are_both_found() -> None:
    assert found("en", "photos from May 2022 or from June 2023") == [
        ("2022-05-01", "2022-05-31"),
        ("2023-06-01", "2023-06-30"),
    ]


@pytest.mark.parametrize(("today", "first"), [
    (date(2026, 5, 31), "2026-05-01"), (date(2026, 5, 1), "2026-05-01"), (date(2026, 4, 30), "2025-05-01"),
])  # fmt: skip
def test_a_month_without_a_year_is_the_latest_one_that_has_begun(today: date, first: str) -> None:
    assert found("en", "in May", today)[0][0] == first


def test_last_summer_said_in_summer_is_the_one_before() -> None:
    assert found("en", "last summer", date(2026, 7, 1)) == [("2025-06-01", "2025-08-31")]


def test_winter_runs_over_the_end_of_the_year() -> None:
    assert found("en", "winter of 2023") == [("2023-12-01", "2024-02-29")]


def test_a_day_that_is_not_in_the_calendar_is_no_date() -> None:
    assert found("en", "on 31 June") != [("2026-06-31", "2026-06-31")]
    assert found("en", "29 February 2023") != [("2023-02-29", "2023-02-29")]


def test_months_and_relative_days_are_known_in_languages_without_a_file_of_their_own() -> None:
    assert found("fr", "photos d'hier") == [("2026-11-21", "2026-11-21")]
    assert found("ja", "2023年5月の写真") == [("2023-05-01", "2023-05-31")]
    assert found("ru", "в прошлом году") == [("2025-01-01", "2025-12-31")]


@given(st.text(), st.sampled_from(["en", "es", "zh", "de", "ar", "hi", "fr", "xx"]), st.dates(date(1000, 1, 1)))
def test_any_text_on_any_day_is_read_without_error(text: str, code: str, today: date) -> None:
    dates.find(language.words(text), code, today)


@given(
    st.lists(
        st.sampled_from(
            [
                "last",
                "99",
                "999",
                "31",
                "feb",
                "may",
                "2023",
                "days",
                "ago",
                "summer",
                "between",
                "and",
                "since",
                "years",
                "1",
                "week",
            ]
        )
    )
)
def test_any_jumble_of_date_words_is_read_without_error(jumble: list[str]) -> None:
    for period in dates.find(language.words(" ".join(jumble)), "en", TODAY):
        assert period.first or period.last


@pytest.mark.parametrize(
    ("code", "text", "days"),
    [
        ("en", "from 3 to 10 May 2023", ("2023-05-03", "2023-05-10")),
        ("en", "between May 3 and 10", ("2026-05-03", "2026-05-10")),
        ("de", "vom 3. bis 10. Mai 2023", ("2023-05-03", "2023-05-10")),
        ("en", "from March 2022 to May", ("2022-03-01", "2022-05-31")),
        ("en", "from November 2022 to February", ("2022-11-01", "2023-02-28")),
        ("en", "Sunday, 14 May 2023", ("2023-05-14", "2023-05-14")),
        ("en", "Friday last week", ("2026-11-13", "2026-11-13")),
        ("zh", "上周五", ("2026-11-13", "2026-11-13")),
        ("th", "ปี 2566", ("2023-01-01", "2023-12-31")),
        ("th", "ปี ๒๕๖๖", ("2023-01-01", "2023-12-31")),
        ("my", "၂၀၂၃", ("2023-01-01", "2023-12-31")),
        ("hy", "2023թ.", ("2023-01-01", "2023-12-31")),
        ("ru", "Пасха 2023", ("2023-04-14", "2023-04-17")),
        ("ru", "Рождество 2023", ("2023-01-06", "2023-01-08")),
        ("ro", "Paște 2024", ("2024-05-03", "2024-05-06")),
        ("lv", "Jāņi 2023", ("2023-06-23", "2023-06-24")),
        ("ky", "Нооруз 2023", ("2023-03-20", "2023-03-24")),
    ],
)
def test_dates_as_calendars_and_languages_have_them(code: str, text: str, days: tuple[str, str]) -> None:
    assert found(code, text) == [days]


def test_a_range_of_days_that_the_month_does_not_have_is_none() -> None:
    assert ("2026-02-20", "2026-02-31") not in found("en", "from February 20 to 31")


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2008, "2008-04-27"), (2016, "2016-05-01"), (2023, "2023-04-16"), (2024, "2024-05-05"), (2025, "2025-04-20")],
)
def test_orthodox_easter_is_when_it_was(year: int, sunday: str) -> None:
    assert str(dates._orthodox_easter(year)) == sunday
