"""The repository keeps clean: nothing of one machine in it, no file or function that got away, no empty names."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {"__pycache__", "chargeproof-out", "dist", "mutants", "node_modules"}

LINES_A_FILE = 600
LINES_A_FUNCTION = 60
LONGER_BY_DECISION: dict[str, str] = {}  # "path" or "path:function" to the reason; shorten before you add one

CLOCK, CHANCE = "simulators/clock.py", "simulators/randomness.py"
OWNERS = {
    "time.time": CLOCK,
    "time.time_ns": CLOCK,
    "time.sleep": CLOCK,
    "asyncio.sleep": CLOCK,
    "gevent.sleep": CLOCK,
    "random": CHANCE,
}
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "common"}
EMPTY_FILE_NAMES = EMPTY_NAMES | {"data", "info", "misc"}

MACHINE_PATH = re.compile(r"(?<![\w.~*-])/(?:work|root|home)(?:/|\b(?![\w-]))")
REGISTRY = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-[if] |pypi\.|pythonhosted|npmjs", re.M)


def tracked() -> list[Path]:
    """What git tracks; without git or before the first commit, what would be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    paths = [ROOT / name for name in listed.split("\0") if name] or list(walked())
    return sorted(path for path in paths if path.is_file())


def walked() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        top = Path(folder) == ROOT
        folders[:] = [
            name
            for name in folders
            if (not name.startswith(".") or name == ".ci")
            and not name.endswith(".egg-info")
            and (name not in NOT_OURS or (name == "mutants" and not top))
        ]
        yield from (Path(folder) / name for name in files)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


FILES = {relative(path): path for path in tracked()}
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in FILES.items() if name.endswith(".py")}
TEXTS = {
    name: text
    for name, path in FILES.items()
    if b"\0" not in (text_bytes := path.read_bytes()) and (text := text_bytes.decode(errors="replace"))
}


def test_the_whole_tree_is_looked_at() -> None:
    """Every test below would pass on an empty list."""
    assert {
        "pyproject.toml",
        ".ci/run",
        "Makefile",
        "requirements/run.lock",
        "schemas/harness/target.json",
    } <= TEXTS.keys()
    assert {CLOCK, CHANCE, "conformance/target.py", relative(Path(__file__))} <= SOURCES.keys()


# Nothing of one machine


def machine_paths(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if MACHINE_PATH.search(line)]


@pytest.mark.parametrize("path", ["/" + "work/main/x.py", "cd /" + "root", 'open("/' + 'home/me/x")', "(/" + "work)"])
def test_a_machine_path_is_seen(path: str) -> None:
    assert machine_paths(f"fine\n{path}\n") == [path]


@pytest.mark.parametrize("text", ["https://x.example/home/a", "./work/x", "team-work/root", "/workers", "/home-page"])
def test_what_only_looks_like_a_machine_path_is_left_alone(text: str) -> None:
    assert machine_paths(text) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert {name: found for name, text in TEXTS.items() if (found := machine_paths(text))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url x",
        "--extra-index-url x",
        "--find-links /wheels",
        "--trusted-host x",
        "-i x",
        "-f x",
        "faker @ https" + "://files.example/faker.whl",
        "# from files.pythonhosted.org",
    ],
)
def test_a_registry_host_is_seen(line: str) -> None:
    assert REGISTRY.search(f"msgspec==1\n{line}\n")


def test_no_lock_names_a_registry() -> None:
    """Whoever installs from them uses the registries that their machine is set up for."""
    locks = {
        name: text
        for name, text in TEXTS.items()
        if name.startswith("requirements/") or name.endswith((".lock", ".npmrc"))
    }
    assert {
        "requirements/run.in",
        "requirements/dev.in",
        "requirements/run.lock",
        "requirements/dev.lock",
    } <= locks.keys()
    assert [name for name, text in locks.items() if REGISTRY.search(text)] == []


def test_no_lock_of_a_kind_that_records_registries() -> None:
    assert [
        name for name in FILES if Path(name).name in ("uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml")
    ] == []


# Sizes


def oversized(name: str, source: str) -> list[str]:
    """Files over 600 lines as ``path``, functions over 60 as ``path:function``."""
    found = [name] if len(source.splitlines()) > LINES_A_FILE else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > LINES_A_FUNCTION:
                found.append(f"{name}:{node.name}")
    return found


def test_an_oversized_file_or_function_is_seen() -> None:
    body = "    pass\n" * LINES_A_FUNCTION
    assert oversized("x.py", "pass\n" * 600) == []
    assert oversized("x.py", "pass\n" * 601) == ["x.py"]
    assert oversized("x.py", f"def f():\n{body[:-9]}") == []
    assert oversized("x.py", f"class C:\n  async def f():\n{body}") == ["x.py:f"]


def test_no_file_over_600_lines_and_no_function_over_60() -> None:
    found = [place for name, source in SOURCES.items() for place in oversized(name, source)]
    assert sorted(found) == sorted(LONGER_BY_DECISION)  # equal: an exception that is no longer needed goes too


# Time, chance


def uses(source: str) -> set[str]:
    """Which of OWNERS a source imports or calls, under any name."""
    tree = ast.parse(source)
    modules: dict[str, str] = {}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{modules[node.value.id]}.{node.attr}")
    return found & OWNERS.keys()


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import random", {"random"}),
        ("from random import Random", {"random"}),
        ("import time\ntime.time()", {"time.time"}),
        ("import time as t\nwhen = t.time_ns", {"time.time_ns"}),
        ("from time import sleep as nap", {"time.sleep"}),
        ("async def f():\n    import asyncio\n    await asyncio.sleep(1)", {"asyncio.sleep"}),
        ("import gevent\ngevent.sleep(1)", {"gevent.sleep"}),
        ("import time\ntime.monotonic_ns()", set()),
        ("from datetime import time\nfrom simulators import randomness\nself.time()", set()),
    ],
)
def test_time_and_chance_are_seen_under_any_name(source: str, seen: set[str]) -> None:
    assert uses(source) == seen


def test_time_and_chance_come_from_the_files_that_own_them() -> None:
    """Everybody else is handed a clock and a stream: else no run could be repeated and no day could take seconds."""
    assert {"time.time_ns", "asyncio.sleep"} <= uses(SOURCES[CLOCK])
    assert uses(SOURCES[CHANCE]) == {"random"}
    strangers = {
        (name, use)
        for name, source in SOURCES.items()
        for use in uses(source)
        if OWNERS[use] != name and not name.startswith("benchmarks/")  # which measure, and press at a pace
    }
    assert strangers == set()


# Names


def empty_names(name: str, source: str) -> list[str]:
    """File, folder, class and function names that say nothing."""
    found = [part for part in Path(name).parts if set(words(Path(part).stem)) & EMPTY_FILE_NAMES]
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and set(words(node.name)) & EMPTY_NAMES
        ):
            found.append(node.name)
    return found


def words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")


def test_an_empty_name_is_seen() -> None:
    assert empty_names("load/utils.py", "") == ["utils.py"]
    assert empty_names("common/x.py", "class BoxManager: ...\ndef start_helper(): ...") == [
        "common",
        "BoxManager",
        "start_helper",
    ]
    assert empty_names("load/uncommon.py", "class Managed:\n    def information(self): ...") == []


def test_no_name_is_empty() -> None:
    found = {name: empty for name, source in SOURCES.items() if (empty := empty_names(name, source))}
    assert found == {}
