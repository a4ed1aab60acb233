"""What can be known of a customer at the beginning of a week, made of the records alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.market.arrays import Vector
from pipelines.market.history import History
from pipelines.market.traits import PLANS, REGIONS, SOURCES, Traits

CATEGORIES = ("region", "source", "plan")


def observables(traits: Traits, past: History) -> pd.DataFrame:
    """One row per customer, features only: numbers, and CATEGORIES as text. Missing is NaN."""
    columns = {
        **_attributes(traits, past.weeks),
        **_purchases(past),
        **_engagement(past),
        **_experience(past),
        **_contacts(past),
    }
    return pd.DataFrame(columns)


def _attributes(traits: Traits, week: int) -> dict[str, Vector]:
    return {
        "age": traits.age,
        "region": np.array(REGIONS)[traits.region],
        "source": np.array(SOURCES)[traits.source],
        "plan": np.array(PLANS)[traits.plan],
        "member": traits.member.astype(np.float64),
        "tenure_weeks": (week - traits.arrives).astype(np.float64),
    }


def _purchases(past: History) -> dict[str, Vector]:
    bought, spent = past.total("purchases", past.weeks), past.total("amount", past.weeks)
    known = np.maximum((past.purchases > 0).sum(axis=1), 1)
    first = np.where((past.purchases > 0).any(axis=1), past.weeks - np.argmax(past.purchases > 0, axis=1), np.nan)
    recency = past.weeks_since("purchases")
    rate = bought / np.where(bought > 0, first, 1.0)
    return {
        "recency_weeks": recency,
        **{f"purchases_{weeks}w": past.total("purchases", weeks) for weeks in (4, 8, 13, 26)},
        **{f"spend_{weeks}w": past.total("amount", weeks) for weeks in (8, 26)},
        "amount_mean": np.where(bought > 0, spent / np.maximum(bought, 1.0), np.nan),
        "discounted_share": np.where(bought > 0, past.total("discounted", past.weeks) / np.maximum(bought, 1), np.nan),
        "weeks_bought": known.astype(np.float64),
        "rate": rate,
        "overdue": recency * rate,
        "trend": past.total("purchases", 4) / 4.0 - past.total("purchases", 13) / 13.0,
        "bills_8w": past.total("billed", 8),
        "bills": past.total("billed", past.weeks),
    }


def _engagement(past: History) -> dict[str, Vector]:
    return {
        **{f"{name}_{weeks}w": past.total(name, weeks) for name in ("app", "web") for weeks in (4, 26)},
        **{f"{name}_26w": past.total(name, 26) for name in ("opens", "clicks")},
        "opens_4w": past.total("opens", 4),
        "visit_weeks": np.fmin(past.weeks_since("app"), past.weeks_since("web")),
    }


def _experience(past: History) -> dict[str, Vector]:
    return {
        "complaints_8w": past.total("complained", 8),
        "complaints": past.total("complained", past.weeks),
        "complaint_weeks": past.weeks_since("complained"),
        "score_last": past.last_score(),
    }


def _contacts(past: History) -> dict[str, Vector]:
    return {
        "contacts": past.total("contacts", past.weeks),
        "contact_weeks": past.weeks_since("contacts"),
        "acceptances": past.total("accepted", past.weeks),
    }
