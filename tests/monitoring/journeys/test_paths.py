from __future__ import annotations

from monitoring.journeys.paths import Paths, paths

PEOPLE = ("customer_id signed_up_at", [(one, "2024-01-01") for one in "abcdef"])
SOLD = "customer_id occurred_at amount margin"
MET = "customer_id occurred_at channel kind"


def sold(*rows: tuple[str, str]) -> tuple[str, list[tuple[object, ...]]]:
    return SOLD, [(one, day, 1.0, None) for one, day in rows]


def told(found: Paths) -> dict[tuple[str, ...], tuple[int, int]]:
    """Touchpoints -> (stayed, left)."""
    return {
        tuple(found.names[step] for step in steps if step >= 0): (int(stayed), int(left))
        for steps, stayed, left in zip(found.steps, found.stayed, found.left, strict=True)
    }


def test_a_journey_is_the_touchpoints_before_an_outcome_is_known(records) -> None:
    """On 1 December a and b were active in the 30 days before; a came again within 30 days, c was not at risk."""
    sales = sold(("a", "2024-11-20"), ("a", "2024-12-10"), ("b", "2024-11-15"), ("c", "2024-10-20"))
    met = (
        MET,
        [("a", "2024-11-01", "web", "visit"), ("a", "2024-11-02", "web", "visit"), ("a", "2024-11-21", "web", "visit"),
         ("a", "2024-12-02", "app", "login"), ("b", "2024-09-01", "app", "login"), ("c", "2024-11-20", "web", "visit")],
    )  # fmt: skip
    found = paths(records(few=1, customers=PEOPLE, transactions=sales, interactions=met))
    assert f"{found.as_of:%Y-%m-%d}" == "2024-12-01"
    assert told(found) == {("web visit", "purchase", "web visit"): (1, 0), ("purchase",): (0, 1)}
    assert (found.at_risk, found.journeys().at_risk) == (2, 2)


def test_every_table_tells_its_touchpoints(records) -> None:
    treatments = (
        "customer_id occurred_at offer_id channel",
        [("a", "2024-11-10", "x", "email"), ("a", "2024-11-11", "x", None), ("a", "2024-11-12", "control", None)],
    )
    outcomes = (
        "customer_id occurred_at kind offer_id",
        [("a", "2024-11-13", "viewed", "x"), ("a", "2024-11-14", "accepted", "x")],
    )
    feedback = (
        "customer_id occurred_at kind score sentiment",
        [("a", "2024-11-15", "nps", 9.0, None), ("a", "2024-11-16", "complaint", None, None)],
    )
    made = records(
        few=1,
        customers=PEOPLE,
        transactions=sold(("a", "2024-11-20")),
        treatments=treatments,
        outcomes=outcomes,
        feedback=feedback,
    )
    assert told(paths(made)) == {("offer by email", "offer", "offer accepted", "complaint", "purchase"): (0, 1)}


def test_only_the_last_five_count(records) -> None:
    met = (MET, [("a", f"2024-11-{day:02d}", "web", "visit") for day in range(2, 20, 2)])
    sales = sold(*(("a", f"2024-11-{day:02d}") for day in range(3, 20, 2)))
    (only,) = told(paths(records(few=1, customers=PEOPLE, transactions=sales, interactions=met)))
    assert only == ("purchase", "web visit", "purchase", "web visit", "purchase")


def test_touchpoints_of_too_few_are_other(records) -> None:
    sales = sold(*((one, "2024-11-20") for one in "abc"))
    met = (MET, [("a", "2024-11-21", "web", "visit"), ("b", "2024-11-21", "app", "login"),
                 ("b", "2024-11-22", "web", "login"), ("c", "2024-11-23", "phone", "call")])  # fmt: skip
    assert told(paths(records(few=2, customers=PEOPLE, transactions=sales, interactions=met))) == {
        ("purchase", "other"): (0, 3)
    }


def test_labels_that_came_with_the_records_speak_of_now(records) -> None:
    """c and d had no touchpoint in the 56 days before."""
    labels = ("customer_id churned", [("a", True), ("b", False), ("c", False), ("d", False)])
    met = (MET, [("a", "2024-12-30", "web", "visit"), ("b", "2024-12-01", "web", "visit"),
                 ("c", "2024-10-01", "web", "visit")])  # fmt: skip
    found = paths(records("label", few=1, customers=PEOPLE, interactions=met, labels=labels))
    assert told(found) == {("web visit",): (1, 1), (): (2, 0)}
    assert (found.at_risk, found.journeys().at_risk) == (4, 2)


def test_without_interactions_and_treatments_there_is_nothing_to_tell(records) -> None:
    assert paths(records(customers=PEOPLE, transactions=sold(("a", "2024-11-20")))) is None


def test_without_anybody_at_risk_there_are_no_paths(records) -> None:
    met = (MET, [("a", "2024-11-20", "web", "visit")])
    found = paths(records(customers=PEOPLE, transactions=sold(("a", "2024-01-20")), interactions=met))
    assert (found.at_risk, len(found.steps)) == (0, 0)
