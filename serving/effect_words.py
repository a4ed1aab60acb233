"""Effects put into sentences for people: how much an offer moves customers like this one, and how sure that is."""

from __future__ import annotations

from decisioning.arbitration import Effect, EffectOn

LEVEL = "90%"  # `configs.effects.LEVEL`, in words
RARE = 0.01  # a smaller share is told per 1,000 customers
SOURCES = {"observational": "; from past records, not from a test"}
UNTRIED = "; read off its attributes, as it was never made"


def sentence(effect: Effect, effect_on: EffectOn, *, tried: bool) -> str | None:
    """What the effect is, e.g. "Keeps an estimated 3 in 100 more customers like this one (90%: 1 to 5)".

    Told is that on `effect_on`, or the other where only that is known; None where neither is. Of an offer that was
    never made it says so.
    """
    found = told(effect, effect_on)
    if found is None:
        return None
    target, uplift, low, high = found
    said = _of_margin(uplift, low, high) if target == "margin" else _of_retention(uplift, low, high)
    return f"{said}{SOURCES.get(effect.evidence, '')}{'' if tried else UNTRIED})"


def _of_margin(uplift: float, low: float, high: float) -> str:
    lost = round(uplift, 2) < 0
    low, high = _positive(low, high, lost=lost)
    verb, preposition = ("Takes", "from") if lost else ("Adds", "to")
    what = f"{verb} an estimated {abs(uplift):,.2f} {preposition} the margin of a customer like this one"
    return f"{what} ({LEVEL}: {low:z,.2f} to {high:z,.2f}"


def _of_retention(uplift: float, low: float, high: float) -> str:
    per = 1000 if abs(uplift) < RARE else 100
    count, lost = round(abs(uplift) * per), uplift < 0
    if not count:
        what = "Keeps as many customers like this one as no offer does"
        return f"{what} ({LEVEL}: {round(low * per)} to {round(high * per)} in {per:,}"
    low, high = _positive(low * per, high * per, lost=lost)
    what = f"{'Loses' if lost else 'Keeps'} an estimated {count} in {per:,} more customers like this one"
    return f"{what} ({LEVEL}: {round(low)} to {round(high)}"


def _positive(low: float, high: float, *, lost: bool) -> tuple[float, float]:
    """The ends of an interval; what is lost is told as a positive number, and so are its ends."""
    return (-high, -low) if lost else (low, high)


def told(effect: Effect, effect_on: EffectOn) -> tuple[EffectOn, float, float, float] | None:
    """The effect that is told of, (target, uplift, low, high): that on `effect_on`, else the other; None for none."""
    known: list[tuple[EffectOn, float, float, float]] = []
    if effect.uplift is not None and effect.low is not None and effect.high is not None:
        known.append(("retention", effect.uplift, effect.low, effect.high))
    if effect.margin is not None and effect.margin_low is not None and effect.margin_high is not None:
        known.append(("margin", effect.margin, effect.margin_low, effect.margin_high))
    return next((one for one in known if one[0] == effect_on), known[0] if known else None)
