"""Builds the navigation from the folders of docs/, and the reference from the modules of the package.

A new page appears in its folder's section under its own heading, and a new public module in the reference, by itself.
"""

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

SECTIONS = {
    "Tutorial": "tutorial",
    "How-to": "how-to",
    "Programmes": "programmes",
    "Explanation": "explanation",
    "Benchmarks": "benchmarks",
    "Decisions": "decisions",
}
PACKAGE = "taskmentor"


def public_modules(source: Path) -> list[str]:
    """Return the dotted names of all public modules below a source folder, packages before their modules."""
    paths = (path.relative_to(source).with_suffix("") for path in source.rglob("*.py"))
    names = (path.parent.parts if path.name == "__init__" else path.parts for path in paths)
    return sorted(".".join(name) for name in names if not any(part.startswith("_") for part in name))


def reference_pages(config: MkDocsConfig) -> dict[str, str]:
    """Return the text of each reference page by its path."""
    source = Path(config.docs_dir).parent / "src"
    return {f"reference/{name}.md": f"# {name}\n\n::: {name}\n" for name in public_modules(source)}


def label(page: str) -> str:
    """Return how the navigation calls a reference page: the module without the package before it."""
    return Path(page).name.removesuffix(".md").removeprefix(f"{PACKAGE}.")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the navigation: the front page, one section for each folder that holds pages, the glossary, the reference."""
    docs = Path(config.docs_dir)
    pages = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))
    sections: list[Any] = [
        {title: [page for page in pages if page.startswith(f"{folder}/")]} for title, folder in SECTIONS.items()
    ]
    filled = [section for section in sections if any(section.values())]
    reference = [{label(page): page} for page in reference_pages(config)]
    config.nav = ["index.md", *filled, "glossary.md", {"Reference": reference}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages, which exist nowhere on disk."""
    for path, text in reference_pages(config).items():
        files.append(File.generated(config, path, content=text))
    return files
