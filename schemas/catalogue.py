"""The schema files, compiled once.

Two libraries read the same files: ``jsonschema-rs`` says yes or no on the hot path, ``jsonschema`` finds the
words when the answer is no. They are held to the same verdict by a test.

References between files are relative, so any other tool can use a folder as it is; here each file is known by
its own ``file:`` address, and nothing is ever fetched.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import referencing
from jsonschema import Draft202012Validator, ValidationError
from referencing.jsonschema import DRAFT202012, SchemaRegistry

FOLDER = Path(__file__).resolve().parent
LONGEST_QUOTE = 120  # characters of a wrong value that are worth showing


class Violation(NamedTuple):
    """One broken constraint, in words.

    ``path`` leads to the value that is wrong or missing, from the top of the message; ``keyword`` is the keyword
    of JSON Schema that it breaks ("required", "maxLength").
    """

    path: tuple[str | int, ...]
    keyword: str
    expected: str
    actual: str


@cache
def schema(protocol: str, name: str) -> dict[str, Any]:
    """The schema of one message as it stands in its file.

    Args:
        protocol: a folder of this package, as "evchong".
        name: a file in it without its ending, as "deviceBoot.request".

    Raises:
        LookupError: no such file; says which there are.
    """
    file = FOLDER / protocol / f"{name}.json"
    if not file.is_file():
        raise LookupError(f"no schema {protocol}/{name}; there are: {', '.join(names(protocol)) or 'none'}")
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def resolved(protocol: str, described: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of the shared type that a field refers to, if any, and its schema with that type's keywords in it."""
    reference = described.get("$ref", "")
    if not reference:
        return "", described
    type_name = reference.rpartition("/")[2]
    return type_name, {**schema(protocol, "types")["$defs"][type_name], **described}


def names(protocol: str) -> tuple[str, ...]:
    """Every schema of a protocol, its files of shared types too."""
    return tuple(sorted(file.stem for file in (FOLDER / protocol).glob("*.json")))


@cache
def validator(protocol: str, name: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema of one message; ``is_valid`` takes about a microsecond.

    Raises:
        LookupError: no such schema.
    """
    schema(protocol, name)
    registry = jsonschema_rs.Registry(
        [(_address(protocol, each), schema(protocol, each)) for each in names(protocol)],
        draft=jsonschema_rs.Draft202012,
    )
    return jsonschema_rs.Draft202012Validator({"$ref": _address(protocol, name)}, registry=registry)


def explain(protocol: str, name: str, instance: Any) -> tuple[Violation, ...]:
    """Every constraint that a message breaks, in words; empty for a valid one.

    Slow (hundreds of microseconds): ask ``validator`` first.

    Raises:
        LookupError: no such schema.
    """
    worded = (
        violation for error in _wording_validator(protocol, name).iter_errors(instance) for violation in _worded(error)
    )
    return tuple(dict.fromkeys(worded))  # a schema that reaches a value twice says the same twice


@cache
def _wording_validator(protocol: str, name: str) -> Draft202012Validator:
    schema(protocol, name)
    registry: SchemaRegistry = referencing.Registry().with_resources(
        (_address(protocol, each), DRAFT202012.create_resource(schema(protocol, each))) for each in names(protocol)
    )
    return Draft202012Validator({"$ref": _address(protocol, name)}, registry=registry.crawl())


def _address(protocol: str, name: str) -> str:
    return (FOLDER / protocol / f"{name}.json").as_uri()


def _worded(error: ValidationError) -> list[Violation]:
    path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        # The error names its field in prose only, so each one is told as all that are missing beside it.
        required: Any = error.validator_value
        found: Any = error.instance
        missing = [name for name in required if name not in found]
        return [Violation((*path, name), keyword, "this field", "no such field") for name in missing]
    return [Violation(path, keyword, _expected(keyword, error.validator_value), _actual(keyword, error.instance))]


def _expected(keyword: str, limit: Any) -> str:
    match keyword:
        case "type":
            return " or ".join(limit) if isinstance(limit, list) else str(limit)
        case "maxLength":
            return f"at most {limit} characters"
        case "minLength":
            return f"at least {limit} characters"
        case "enum":
            return "one of " + ", ".join(_quote(value) for value in limit)
        case _:
            return f"{keyword} {_quote(limit)}"


def _actual(keyword: str, instance: Any) -> str:
    if keyword in {"maxLength", "minLength"}:
        return f"{len(instance)} characters: {_quote(instance)}"
    return _quote(instance)


def _quote(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:  # a server under test may nest as deep as it likes
        return "a value nested too deeply to show"
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
