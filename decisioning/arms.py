"""Arms: who is decided for by the policy, and who by a simpler rule, so that the policy's worth can be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

Arm = Literal["policy", "random", "acceptance", "no_levers", "holdout"]
# In the order in which customers are drawn into them; who is in none is decided for by the policy.
MEASURING: tuple[Arm, ...] = ("holdout", "random", "acceptance", "no_levers")


@dataclass(frozen=True, slots=True)
class Arms:
    """Shares of all customers, 0 to 1 in all, for each of MEASURING; the policy has the rest. `salt` draws them."""

    salt: str
    shares: Mapping[Arm, float] = field(default_factory=dict)

    def share(self, arm: Arm) -> float:
        """The share of customers in an arm, in expectation."""
        if arm == "policy":
            return max(0.0, 1.0 - sum(self.shares.get(one, 0.0) for one in MEASURING))  # not below by rounding
        return self.shares.get(arm, 0.0)

    def of(self, customer_id: str) -> Arm:
        """The arm of a customer.

        Sticky: nothing but the salt, the id and the shares matters, and another salt draws all anew. Monotone: an arm
        whose share grows keeps everyone it held, and leaves the arms before it in MEASURING as they were. Those after
        it, of whom it wins some, make up for them from those after themselves, and the policy at last.
        """
        left = 1.0
        for arm in MEASURING:
            share = self.shares.get(arm, 0.0)
            if share > 0 and _drawn(f"{self.salt}\0{arm}\0{customer_id}") * left < share:
                return arm
            left -= share
        return "policy"


def _drawn(text: str) -> float:
    """An even number in [0, 1) that only `text` decides; 53 bits fit a float exactly, so that it is below 1."""
    return (int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 11) / 2.0**53
