from __future__ import annotations

import re

from monitoring.site.flows import Flow, flows, merged

FLOWS = (Flow(0, "a", "b", 60), Flow(0, "a", "c", 40), Flow(1, "b", "stayed", 50), Flow(1, "b", "left", 10),
         Flow(1, "c", "stayed", 40))  # fmt: skip


def test_nodes_too_small_to_be_read_are_one() -> None:
    """Of 100, b and c come to one each at the second stage; the last stage stays as it is."""
    drawn = (Flow(0, "a", "b", 1), Flow(0, "a", "c", 1), Flow(0, "a", "d", 98), Flow(1, "b", "stayed", 1),
             Flow(1, "c", "stayed", 1), Flow(1, "d", "stayed", 97), Flow(1, "d", "left", 1))  # fmt: skip
    assert set(merged(drawn, 2)) == {
        Flow(0, "a", "other", 2), Flow(0, "a", "d", 98), Flow(1, "other", "stayed", 2), Flow(1, "d", "stayed", 97),
        Flow(1, "d", "left", 1),
    }  # fmt: skip


def test_at_most_six_nodes_of_a_stage_are_told_apart() -> None:
    drawn = [Flow(0, chr(97 + at), "stayed", 20 - at) for at in range(10)]
    assert {flow.source for flow in merged(drawn, 1)} == {*"abcdef", "other"}
    assert sum(flow.size for flow in merged(drawn, 1)) == sum(flow.size for flow in drawn)


def test_the_drawing_has_every_label_and_only_colours_of_the_page() -> None:
    drawn = flows("way", "Ways", "From a to stayed.", ("first", "last", "then"), FLOWS, marked=("left",)).drawing
    assert all(f">{label}<" in drawn for label in ("a", "b", "c", "stayed", "left", "first", "then"))
    assert not re.search(r"#[0-9a-f]{6}", drawn)
    assert "var(--act)" in drawn
    assert "var(--act)" not in flows("way", "Ways", "From a to stayed.", ("first", "last", "then"), FLOWS).drawing


def test_the_same_flows_are_the_same_drawing() -> None:
    once, again = (flows("way", "Ways", "From a.", ("first", "last", "then"), FLOWS).drawing for _ in range(2))
    assert once == again
