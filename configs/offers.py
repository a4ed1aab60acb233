"""An offer as a policy's YAML describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, FiniteFloat, StringConstraints, model_validator

from configs.channels import Channel
from configs.expressions import compiled
from configs.loading import Frozen

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Amount = Annotated[FiniteFloat, Field(ge=0)]


def _each_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if twice := sorted({channel for channel in channels if channels.count(channel) > 1}):
        raise ValueError(f"{', '.join(twice)} given twice; each channel is allowed once")
    return channels


def _compiles(text: str) -> str:
    if text:
        compiled(text)
    return text


Channels = Annotated[tuple[Channel, ...], Field(min_length=1), AfterValidator(_each_once)]
Eligibility = Annotated[str, AfterValidator(_compiles)]


class OfferSettings(Frozen):
    """A catalogue item; a discount, a tier of loyalty and a service call are all offers.

    `cost` is what an acceptance costs and `value` the margin it brings, in the workspace's currency and before each
    other. `eligibility` is an expression over customer, offer and context. `capacity` is in units over the validity.
    """

    offer_id: Id
    name: str = ""
    kind: Id
    cost: Amount
    value: FiniteFloat = 0.0
    channels: Channels
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    capacity: Annotated[int, Field(ge=0)] | None = None
    eligibility: Eligibility = ""
    attributes: Mapping[Id, FiniteFloat | str | bool | None] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError(f"valid_from {self.valid_from} is not before valid_to {self.valid_to}")
        return self
