"""What is wrong with the ``[surfaces]`` of a target file: words that nobody knows, templates that would not fill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from conformance.target_file import SECRET, Document, Key, Mistake, dotted, listed, meant
from simulators.lab.surface_words import BASE, SURFACE_VERBS, AnswerField, SurfaceVerb


def surface_mistakes(path: Path, written: Document, *, ours: bool) -> Iterator[Mistake]:
    """The mistakes in every surface of a document that keeps to the schema; secrets stand in it as ``${NAME}``."""
    for name, surface in written.get("surfaces", {}).items():
        key: Key = ("surfaces", name)
        if surface["kind"] == "reference" and not ours:
            remedy = 'only start = "reference" has that app API; "http", "python" or "hand" would do'
            yield Mistake(dotted((*key, "kind")), '"reference"', remedy)
        elif surface["kind"] == "http":
            yield from _templates(key, SURFACE_VERBS[name], surface)
            yield from _fields(key, SURFACE_VERBS[name], surface.get("fields", {}))
        elif surface["kind"] == "python":
            yield from _file(key, path, surface["function"])


def _templates(key: Key, verb: SurfaceVerb, surface: Document) -> Iterator[Mistake]:
    if verb.arguments is None:
        return  # what it will be given is not settled before a scenario uses it
    given = (BASE, *verb.arguments)
    for part in ("url", "headers", "body"):
        for place, text in _strings((*key, part), surface.get(part)):
            for wrong in _misplaced(SECRET.sub("", text), given):
                remedy = f"{meant(wrong, given)}given here: {listed([f'{{{name}}}' for name in given])}"
                yield Mistake(dotted(place), wrong, f'{remedy}; a plain brace is written twice, as "{{{{"')


def _strings(key: Key, tree: Any) -> Iterator[tuple[Key, str]]:
    if isinstance(tree, str):
        yield key, tree
    elif isinstance(tree, dict | list):
        for place, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _strings((*key, place), inner)


def _misplaced(text: str, given: tuple[str, ...]) -> Iterator[str]:
    """The placeholders of a template that nothing would fill; or the template, when its braces do not match."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        yield f"{text!r}, whose braces do not match"
        return
    for _, name, spec, conversion in parts:
        if name is not None and (name not in given or spec or conversion):
            yield f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}"


def _fields(key: Key, verb: SurfaceVerb, fields: dict[str, str]) -> Iterator[Mistake]:
    known, told = verb.names, set[AnswerField]()
    for name in fields:
        place = dotted((*key, "fields", name))
        if name not in known:
            words = f"known here: {listed(known, 40)}" if known else "this verb answers with nothing that is read"
            yield Mistake(place, "an unknown field", meant(name, known) + words)
        elif known[name] in told:
            yield Mistake(place, "what another field tells in another unit", "name it in one unit")
        else:
            told.add(known[name])
    for field in verb.answer:
        if field.demanded and field not in told:
            yield Mistake(dotted((*key, "fields", field.name)), "nothing", f"it has to be there: {field.meaning}")


def _file(key: Key, path: Path, function: str) -> Iterator[Mistake]:
    module = function.partition(":")[0]
    if module.endswith(".py") and not (path.parent / module).is_file():
        there = sorted(file.name for file in path.parent.glob("*.py"))
        remedy = f'{meant(module, there)}"file.py:function" names a file beside the target file'
        yield Mistake(dotted((*key, "function")), f'"{function}", and there is no such file', remedy)
