"""What is declared twice is declared alike, and what is locked is locked with hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(name: str) -> set[str]:
    """The requirements of an ``.in`` file, without its comments and its references to other files."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-"))}


def locked(text: str) -> dict[str, int]:
    """Each pinned distribution with the number of its hashes."""
    pins: dict[str, int] = {}
    for line in text.splitlines():
        if pin := re.match(r"([a-z0-9-]+)==", line):
            pins[pin[1]] = 0
        elif line.startswith("    --hash=sha256:"):
            pins[next(reversed(pins))] += 1
    return pins


def distribution(requirement: str) -> str:
    return re.split(r"[\s;<>=\[]", requirement)[0].lower()


def test_pyproject_and_run_in_want_the_same() -> None:
    assert set(PYPROJECT["project"]["dependencies"]) == wanted("run.in")


def test_what_builds_the_editable_install_is_locked() -> None:
    """It is installed with --no-build-isolation, so nothing fetches these later."""
    assert set(PYPROJECT["build-system"]["requires"]) <= wanted("dev.in")


@pytest.mark.parametrize(("lock", "sources"), [("run.lock", ["run.in"]), ("dev.lock", ["run.in", "dev.in"])])
def test_every_wanted_distribution_is_locked_with_hashes(lock: str, sources: list[str]) -> None:
    pins = locked((ROOT / "requirements" / lock).read_text(encoding="utf-8"))
    assert {distribution(line) for source in sources for line in wanted(source)} <= pins.keys()
    assert [name for name, hashes in pins.items() if not hashes] == []


def test_a_pin_without_hash_would_be_seen() -> None:
    assert locked("a==1 \\\n    --hash=sha256:00\nb-c==2 ; x\n    # via a\n") == {"a": 1, "b-c": 0}


def test_both_locks_pin_the_same_versions() -> None:
    """The dev lock is the run lock and more."""
    pins = {
        lock: set(
            re.findall(r"^[a-z0-9-]+==[^\s\\]+", (ROOT / "requirements" / lock).read_text(encoding="utf-8"), re.M)
        )
        for lock in ("run.lock", "dev.lock")
    }
    assert len(pins["run.lock"]) > 50
    assert pins["run.lock"] <= pins["dev.lock"]


def test_every_lint_that_is_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = text[text.index("\nignore = [") : text.index("]", text.index("\nignore = ["))].splitlines()[2:]
    assert len(ignored) == len(PYPROJECT["tool"]["ruff"]["lint"]["ignore"]) > 0
    assert [line for line in ignored if not re.fullmatch(r'\s+"[A-Z]+[0-9]*",\s+# \S.{9,}', line)] == []
