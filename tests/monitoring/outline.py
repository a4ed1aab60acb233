"""What a browser, a screen reader and an eye get of a page."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Outline(HTMLParser):
    """Tags, their attributes, and the text line by line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.lines: list[str] = []
        self.cells: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)
        if tag == "tr":
            self.lines.append(" | ".join(self.cells))
            self.cells = []

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            heading = "#" * int(self.open[-1][1]) + " " if self.open[-1] in {"h1", "h2", "h3"} else ""
            (self.cells if "tr" in self.open else self.lines).append(heading + " ".join(data.split()))

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name))]
