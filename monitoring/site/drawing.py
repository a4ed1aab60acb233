"""Matplotlib's figures as inline SVG in the page's own colours: no script, no file, for light, dark and print."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from markupsafe import Markup

from monitoring.site.elements import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# What stands in a drawing for a colour of the page, which changes with the reader's scheme.
INK, SOFT, RULE, BLUE, FILL, ACT, PAPER = (f"#0102{place:02x}" for place in range(3, 10))
COLOURS: Mapping[str, str] = {
    INK: "ink", SOFT: "soft", RULE: "rule", BLUE: "blue", FILL: "fill", ACT: "act", PAPER: "paper",
}  # fmt: skip
WIDTH, HEIGHT = 4.4, 2.9  # inches: as wide as a phone, so that text stays as large as it is written
STYLE: Mapping[str, object] = {
    "svg.fonttype": "none",  # text stays text: searched, read aloud, in the reader's font
    "font.size": 10,
    "text.color": SOFT, "axes.labelcolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": SOFT,
    "axes.edgecolor": RULE, "grid.color": RULE, "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "xtick.major.size": 0, "ytick.major.size": 0, "legend.frameon": False, "legend.labelcolor": SOFT,
    "lines.linewidth": 1.8, "path.simplify": True,
}  # fmt: skip
GROUP_ID, FONT = re.compile(r'<g id="[^"]*"'), re.compile(r"'DejaVu Sans'[^;\"]*")
HEAD = re.compile(r"^.*?<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


@contextmanager
def sheet(height: float = HEIGHT, width: float = WIDTH) -> Iterator[tuple[Canvas, Axes]]:
    """One empty figure with its axes, in the site's style."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    with rc_context(dict(STYLE)):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        canvas.patch.set_visible(False)
        axes = canvas.subplots()
        axes.patch.set_visible(False)
        yield canvas, axes


def figure(canvas: Canvas, name: str, title: str, description: str, caption: str = "") -> Figure:
    """What is on `canvas`, for the page; call it within `sheet`. `name` is unique on its page."""
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.hashsalt": name}):
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(name, Markup(_inline(written.getvalue(), name, title, description)), title, description, caption)  # noqa: S704 - texts are escaped by Matplotlib and below


def _inline(svg: str, name: str, title: str, description: str) -> str:
    opening = Markup(
        '<svg viewBox="{}" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>'
    )
    box = HEAD.match(svg)
    if box is None:
        raise ValueError("Matplotlib's SVG has no viewBox")
    body = METADATA.sub("", svg[box.end() :])
    for placeholder, colour in COLOURS.items():
        body = body.replace(placeholder, f"var(--{colour})")
    body = FONT.sub("system-ui, sans-serif", GROUP_ID.sub("<g", body))
    return opening.format(box[1], name, name, name, title, name, description) + Markup(body)  # noqa: S704
