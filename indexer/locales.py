"""Babel's locales, each with data of its own.

Babel 2.18 writes what it looks up into dictionaries that locales share through the one they inherit from: once the
months of Chinese were read, German has some of them too. A copy each ends that.
"""

from __future__ import annotations

import copy
import functools

from babel import Locale, localedata


@functools.cache
def locale(code: str) -> Locale:
    """The locale of a BCP 47 code or a POSIX name. Raises babel.UnknownLocaleError, ValueError."""
    parsed = Locale.parse(code.replace("-", "_"))
    name = str(parsed)
    own = copy.deepcopy(localedata.load(name))
    localedata._cache[name] = own
    return parsed
