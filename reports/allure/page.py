"""The Allure page of a run, as ``make allure`` finishes it: without what would tell somebody else that it was opened.

python -m reports.allure.page FROM TO
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.places import write_whole

# The generator puts Google's script into every page, and one that feeds it; no option leaves them out.
ANALYTICS = re.compile(
    r"<script\b[^>]*\bsrc\s*=\s*[\"'][^\"']*(?:googletagmanager|google-analytics)\.com/[^>]*>\s*</script>\s*"
    r"(?:<script>\s*window\.dataLayer\b.*?</script>\s*)?",
    re.S,
)
ANALYST = re.compile(r"(?:googletagmanager|google-analytics)\.com|\bgtag\(['\"](?:js|config)['\"]")


class StillWatched(Exception):
    """The page would still report to an analyst: the generator writes its tag in a way that is not known here."""


def without_analytics(page: str) -> str:
    """The page without the analyst's scripts.

    Raises:
        StillWatched: some of them are left.
    """
    page = ANALYTICS.sub("", page)
    if left := ANALYST.search(page):
        raise StillWatched(f"the page would still load or feed an analytics script: {left.group()!r}")
    return page


def main(arguments: Sequence[str]) -> None:
    """Read the generated page, and put it where it belongs."""
    generated, into = map(Path, arguments)
    write_whole(into, without_analytics(generated.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(sys.argv[1:])
