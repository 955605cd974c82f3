"""Pages of the site that live outside of ``docs/``: README, model cards, examples, linked sources.

A hook of MkDocs. Pages link to files of the checkout, as a hosting page needs it; here such links
become links between pages of the site, and what they lead to becomes a page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
FIRST = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".cff": "yaml"}
_LINK = re.compile(r"(?<=\]\()([^)#\s]+)")
_homes: dict[str, Path] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files of ``docs/``, and every file of the checkout that a page leads to."""
    _homes.clear()
    _homes.update({file.src_uri: ROOT / "docs" / file.src_uri for file in files})
    waiting = [ROOT / name for name in FIRST]
    for home in list(_homes.values()):
        waiting += targets(home)
    while waiting:
        home = waiting.pop()
        uri = site_uri(home)
        if uri not in _homes:
            _homes[uri] = home
            files.append(File.generated(config, uri, content=page_content(home)))
            waiting += targets(home)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  (mkdocs names them)
    """The page, with the addresses that its links have on the site."""
    home = _homes[page.file.src_uri]
    here = os.path.dirname(page.file.src_uri) or "."

    def turned(link: re.Match[str]) -> str:
        target = (home.parent / link[1]).resolve()
        return os.path.relpath(site_uri(target), here) if target.is_file() else link[1]

    return _LINK.sub(turned, markdown) if home.suffix == ".md" else markdown


def site_uri(home: Path) -> str:
    """Where a file of the checkout lies on the site, as a source of MkDocs."""
    path = home.relative_to(ROOT).as_posix().removeprefix("docs/")
    if path == "README.md":
        return "index.md"
    return path if home.suffix in (".md", ".jpg", ".png") else path + ".md"


def page_content(home: Path) -> str | bytes:
    """A page or an image as it is, the text of any other file as a page of its own."""
    if home.suffix in (".jpg", ".png"):
        return home.read_bytes()
    text = home.read_text(encoding="utf-8")
    if home.suffix == ".md":
        return text
    return f"# {home.name}\n\n```{LANGUAGES.get(home.suffix, 'text')}\n{text.rstrip()}\n```\n"


def targets(home: Path) -> list[Path]:
    """The files that a page links to."""
    if home.suffix != ".md":
        return []
    links = _LINK.findall(home.read_text(encoding="utf-8"))
    found = [(home.parent / link).resolve() for link in links]
    return [file for file in found if file.is_file() and file.is_relative_to(ROOT)]
