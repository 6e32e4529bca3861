"""Starts Tintype: `tintype` opens the window, `tintype COMMAND` does one thing and ends."""

from __future__ import annotations

from desktop_app.cli import tintype


def main() -> None:
    tintype(prog_name="tintype")


if __name__ == "__main__":
    main()
