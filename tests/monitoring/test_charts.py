from __future__ import annotations

from xml.etree import ElementTree

import pytest

from monitoring.charts import histogram, reliability
from monitoring.drift.drift import Scores
from monitoring.intervals import Interval
from monitoring.performance.matured import Bin

BINS = (Bin(0.1, Interval(0.1, 0.05, 0.15), 100), Bin(0.3, Interval(0.4, 0.3, 0.48), 100))
SCORES = Scores((0.0, 0.5, 1.0), (0.75, 0.25), (0.5, 0.5), 0.3, 0.4)


def elements(svg: str, style: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own markup
    return [element for element in root.iter() if element.get("class") == style]


def test_dots_stand_where_the_axes_say() -> None:
    """Plane: 320 by 214 from (62, 226), top .48, the round number above .48."""
    dots = elements(reliability(BINS), "dot")
    across, upward = [float(dot.get("cx")) for dot in dots], [float(dot.get("cy")) for dot in dots]
    assert across == pytest.approx([62 + 320 * 0.1 / 0.48, 62 + 320 * 0.3 / 0.48], abs=0.06)
    assert upward == pytest.approx([226 - 214 * 0.1 / 0.48, 226 - 214 * 0.4 / 0.48], abs=0.06)


def test_each_dot_has_its_interval() -> None:
    low, high = ([float(r.get(end)) for r in elements(reliability(BINS), "range")] for end in ("y1", "y2"))
    assert all(a > b for a, b in zip(low, high, strict=True))


def test_bars_are_as_high_as_their_share() -> None:
    heights = [float(bar.get("height")) for bar in elements(histogram(SCORES), "bar")]
    assert heights == pytest.approx([214 * 0.5 / 0.8] * 2, abs=0.1)
    (outline,) = elements(histogram(SCORES), "outline")
    assert len(outline.get("points").split()) == 4


@pytest.mark.parametrize(
    ("svg", "title", "text"),
    [
        (reliability(BINS), "Predicted and observed risk",
         "2 groups of customers by predicted risk. Farthest from the diagonal: predicted 30%, observed 40%."),
        (histogram(SCORES), "Risk scores", "Average risk 40% now and 30% in training."),
    ],
)  # fmt: skip
def test_a_screen_reader_hears_what_the_picture_says(svg: str, title: str, text: str) -> None:
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own markup
    assert (root.get("role"), root[0].text, root[1].text) == ("img", title, text)
    assert root.get("aria-labelledby").split() == [root[0].get("id"), root[1].get("id")]


def test_nothing_is_drawn_outside_the_picture() -> None:
    certain = (Bin(1.0, Interval(1.0, 0.9, 1.0), 5), Bin(0.0, Interval(0.0, 0.0, 0.1), 5))
    for svg in (reliability(certain), histogram(SCORES)):
        for element in ElementTree.fromstring(svg).iter():  # noqa: S314 - our own markup
            across = [float(element.get(name)) for name in ("x", "x1", "x2", "cx") if element.get(name)]
            assert all(0 <= x <= 400 for x in across)
