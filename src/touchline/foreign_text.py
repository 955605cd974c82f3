"""Plain values out of text that a stranger may have written: YAML, JSON, literals, whole files.

Whatever the text holds, it ends in values or in a ``ForeignTextError`` of one line, in time and
memory that go with its length.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

MOST_YAML = 1 << 20
"""Characters of a YAML text: some ten thousand lines, which take seconds to parse."""

MOST_TEXT = 1 << 28
"""Bytes of a file that is read as one text."""

_MOST_DEPTH = 40  # of nested lists and parts; ours are 5 deep
_MOST_NODES = 30_000  # values in a YAML text
_MOST_LITERAL = 1 << 20
_NUL = b"\\u0000"
_LARGEST = 2**63  # whole numbers beyond it fit no array


class ForeignTextError(ValueError):
    """The reason, in one line without the file's name, why a text cannot be read."""


def file_text(file: Path, most: int = MOST_TEXT) -> str:
    """The text of a UTF-8 file without its byte order mark; ends of lines become ``\\n``.

    Raises OSError for a file that is missing or unreadable, ForeignTextError for one of more than
    ``most`` bytes or of another encoding.
    """
    with file.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ForeignTextError(f"it has more than {most} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ForeignTextError(f"it is not UTF-8 text (byte {error.start})") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def yaml_values(text: str) -> Any:
    """What a YAML text says, as dicts, lists, texts, numbers, booleans and None.

    Names are texts or whole numbers, and none is given twice. Dates and ``1:30`` stay texts.
    Aliases are refused (few of them unpack to gigabytes), as are tags of other kinds and numbers
    that no array can hold. Raises ForeignTextError.
    """
    if len(text) > MOST_YAML:
        raise ForeignTextError(f"it has more than {MOST_YAML} characters")
    try:
        return _encodable(yaml.load(text, _PlainLoader), text)
    except yaml.YAMLError as error:
        raise ForeignTextError(_yaml_reason(error)) from None
    # The library's own constructors of numbers, given texts that look like some.
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
        raise ForeignTextError(_reason(error)) from None


def json_values(text: str | bytes) -> Any:
    """What a JSON text says. Raises ForeignTextError naming the line."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return _encodable(json.loads(text), text)
    except json.JSONDecodeError as error:
        raise ForeignTextError(f"line {error.lineno}: not valid JSON: {error.msg}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise ForeignTextError(f"not valid JSON: {_reason(error)}") from None


def literal_values(text: str) -> Any:
    """What a text of Python literals says: numbers, texts, lists, dicts. Nothing is run.

    Raises ForeignTextError.
    """
    if len(text) > _MOST_LITERAL:
        raise ForeignTextError(f"it has more than {_MOST_LITERAL} characters")
    try:
        return _encodable(ast.literal_eval(text), text)
    # Python's parser says in many ways that brackets or signs are nested too deep.
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ForeignTextError(_reason(error)) from None


def shown(value: object, most: int = 80) -> str:
    """``value`` as it may stand in a message: one line of at most ``most`` characters."""
    try:
        text = " ".join((value if isinstance(value, str) else repr(value)).split())
    except (ValueError, RecursionError):  # numbers of thousands of digits have no text
        text = f"a huge {type(value).__name__}"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else text[: most - 3] + "..."


def _encodable(value: Any, text: str) -> Any:
    """``value``, unless an escape in ``text`` made half a character or a NUL of it.

    No file, name or database takes such a text.
    """
    if "\\" in text:
        try:
            written = json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            written = _NUL
        if _NUL in written:
            raise ForeignTextError("an escape in it stands for no character")
    return value


def _yaml_reason(error: yaml.YAMLError) -> str:
    """What is wrong and where, without the piece of text that PyYAML draws below it."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return shown(str(error), 200)
    problem = shown(getattr(error, "problem", None) or "it cannot be read", 200)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deep"
    if "integer string conversion" in str(error):
        return "it holds a number of thousands of digits"
    if str(error).startswith("malformed node"):  # goes on with an address in memory
        return "it is not a plain value"
    if isinstance(error, LookupError):
        return f"a value that does not fit its tag: {shown(str(error))}"
    return shown(str(error) or type(error).__name__, 200)


class _PlainLoader(yaml.SafeLoader):
    """YAML of plain values only; see ``yaml_values``."""

    depth = nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        problem = None
        if isinstance(event, yaml.AliasEvent):
            problem = "aliases (*name) are not read: write it out"
        elif self.depth >= _MOST_DEPTH:
            problem = f"more than {_MOST_DEPTH} parts inside each other"
        elif self.nodes >= _MOST_NODES:
            problem = f"more than {_MOST_NODES} values"
        if problem is not None:
            mark: Any = event.start_mark
            raise yaml.composer.ComposerError(None, None, problem, mark)
        self.nodes += 1
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names: set[str | int] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name = self.construct_object(key, deep=True)
            problem = None
            if isinstance(name, bool) or not isinstance(name, str | int):
                problem = f"{shown(name)} is not a name: put it in quotes"
            elif name in names:
                problem = f"{name!r} is given twice"
            if problem is not None:
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            names.add(name)
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        value: int = super().construct_yaml_int(node)
        if abs(value) >= _LARGEST:
            raise yaml.constructor.ConstructorError(
                None, None, "a whole number beyond 2^63", node.start_mark
            )
        return value


_PLAIN = ("null", "bool", "int", "float", "str", "seq", "map")
_constructors: dict[str | None, Callable[..., Any]] = {
    f"tag:yaml.org,2002:{kind}": getattr(_PlainLoader, f"construct_yaml_{kind}") for kind in _PLAIN
}
_constructors[None] = yaml.SafeLoader.yaml_constructors[None]  # says that the tag is unknown
_PlainLoader.yaml_constructors = _constructors


def _without_times() -> dict[str, list[tuple[str, Any]]]:
    """What tells plain words from numbers, without dates and without 1:30 as ninety."""
    kept: dict[str, list[tuple[str, Any]]] = {}
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items():
        for tag, pattern in resolvers:
            if not tag.endswith(":timestamp"):
                kept.setdefault(first, []).append((tag, _NoColon(pattern)))
    return kept


class _NoColon:
    """A pattern that fits no text with a colon in it."""

    def __init__(self, pattern: Any) -> None:
        self._pattern = pattern

    def match(self, text: str) -> Any:
        return None if ":" in text else self._pattern.match(text)


_PlainLoader.yaml_implicit_resolvers = _without_times()
