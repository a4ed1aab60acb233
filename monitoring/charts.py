"""Charts as inline SVG in the page's own colours: no picture file, no script, readable in light, dark and print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitoring import words
from monitoring.drift.drift import Scores
from monitoring.performance.matured import Bin

WIDTH, HEIGHT = 400, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 12, 44
TICKS = 4


@dataclass(frozen=True, slots=True)
class _Plane:
    """Data coordinates from 0 to `x_top` and `y_top` on the drawing."""

    x_top: float
    y_top: float

    def x(self, value: float) -> float:
        return round(LEFT + value / self.x_top * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / self.y_top * (HEIGHT - TOP - BOTTOM), 1)


def reliability(bins: Sequence[Bin]) -> Markup:
    """Predicted against observed risk, one dot per bin with its 95% interval; a perfect model is on the diagonal."""
    top = words.round_up(max(max(b.predicted, b.observed.high) for b in bins))
    plane = _Plane(top, top)
    ideal = _line(plane, (0, 0), (top, top), "ideal")
    marks = [
        _line(plane, (b.predicted, b.observed.low), (b.predicted, b.observed.high), "range")
        + Markup('<circle class="dot" cx="{}" cy="{}" r="4"/>').format(plane.x(b.predicted), plane.y(b.observed.value))
        for b in bins
    ]
    worst = max(bins, key=lambda b: abs(b.predicted - b.observed.value))
    text = (
        f"{len(bins)} groups of customers by predicted risk. Farthest from the diagonal: predicted "
        f"{words.percent(worst.predicted)}, observed {words.percent(worst.observed.value)}."
    )
    return _figure("Predicted and observed risk", text, [_axes(plane, "predicted", "observed"), ideal, *marks])


def histogram(scores: Scores) -> Markup:
    """Risk scores now (bars) over those in training (line)."""
    plane = _Plane(scores.edges[-1], words.round_up(max(*scores.reference, *scores.current)))
    pairs = list(zip(scores.edges, scores.edges[1:], strict=False))
    bars = [
        Markup('<rect class="bar" x="{}" y="{}" width="{:.1f}" height="{:.1f}"/>').format(
            plane.x(low) + 1, plane.y(share), plane.x(high) - plane.x(low) - 2, plane.y(0) - plane.y(share)
        )
        for (low, high), share in zip(pairs, scores.current, strict=True)
    ]
    steps = " ".join(
        f"{plane.x(low)},{plane.y(share)} {plane.x(high)},{plane.y(share)}"
        for (low, high), share in zip(pairs, scores.reference, strict=True)
    )
    text = (
        f"Average risk {words.percent(scores.current_mean)} now and {words.percent(scores.reference_mean)} in training."
    )
    line = Markup('<polyline class="outline" points="{}"/>').format(steps)
    return _figure("Risk scores", text, [_axes(plane, "predicted risk", "share of customers"), *bars, line])


def _figure(title: str, text: str, parts: Iterable[Markup]) -> Markup:
    name = title.lower().replace(" ", "-")
    head = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-text">'
        '<title id="{}-title">{}</title><desc id="{}-text">{}</desc>'
    ).format(WIDTH, HEIGHT, name, name, name, title, name, text)
    return head + Markup("").join(parts) + Markup("</svg>")


def _axes(plane: _Plane, x_name: str, y_name: str) -> Markup:
    marks = [share / TICKS for share in range(TICKS + 1)]
    across = [_tick(plane.x(m * plane.x_top), HEIGHT - BOTTOM + 18, m * plane.x_top, "middle") for m in marks]
    upward = [
        _line(plane, (0, m * plane.y_top), (plane.x_top, m * plane.y_top), "grid")
        + _tick(LEFT - 6, plane.y(m * plane.y_top) + 4, m * plane.y_top, "end")
        for m in marks
    ]
    names = Markup(
        '<text x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text transform="translate(11 {}) rotate(-90)" text-anchor="middle">{}</text>'
    ).format((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_name, (TOP + HEIGHT - BOTTOM) / 2, y_name)
    return Markup("").join([*across, *upward, names])


def _tick(x: float, y: float, value: float, anchor: str) -> Markup:
    text = words.percent(value) if value else "0"
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _line(plane: _Plane, start: tuple[float, float], end: tuple[float, float], style: str) -> Markup:
    ends = (plane.x(start[0]), plane.y(start[1]), plane.x(end[0]), plane.y(end[1]))
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(style, *ends)
