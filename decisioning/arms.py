"""Holdout: customers who are never treated, so that what treatment was worth can be measured."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

Arm = Literal["policy", "holdout"]


def in_holdout(customer_id: str, salt: str, share: float) -> bool:
    """Whether the customer belongs to the holdout of this salt, `share` of all customers in expectation.

    Sticky: nothing but the three arguments matters. Monotone: a larger share keeps everyone a smaller one held. Another
    salt draws an independent holdout. A share of 0 holds nobody, of 1 everybody.
    """
    digest = sha256(f"{salt}\0{customer_id}".encode()).digest()
    # 53 bits fit a float exactly, so that the quotient is below 1 and a share of 1 is truly everybody.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53 < share
