"""Pictures are drawn, with what they claim to show on their axes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from training import plots

RNG = np.random.default_rng(0)
P = RNG.random(400)
LABEL = (RNG.random(400) < P).astype(float)


@pytest.mark.parametrize(
    ("draw", "title"),
    [
        (plots.calibration, "Calibration"),
        (plots.roc, "ROC"),
        (plots.precision_recall, "Precision and recall"),
        (plots.gain, "Cumulative gain"),
    ],
)
def test_a_picture_of_a_binary_model(draw: Callable[..., Figure], title: str, tmp_path: Path) -> None:
    figure = draw(LABEL, P)
    [axes] = figure.axes
    assert axes.get_title() == title
    assert len(axes.get_lines()) >= 2  # the model, and what it is held against
    figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_gain_ends_with_everybody_found() -> None:
    line = plots.gain(LABEL, P).axes[0].get_lines()[1]
    assert (line.get_xdata()[-1], line.get_ydata()[-1]) == (1.0, 1.0)


def test_importance_shows_the_largest_at_the_top() -> None:
    names = [f"f{number}" for number in range(30)]
    axes = plots.importance(names, [number / 435 for number in range(30)]).axes[0]
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert (len(shown), shown[0], shown[-1]) == (20, "f10", "f29")
