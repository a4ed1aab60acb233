"""What deciding for everybody came to, and what a policy says, in words for people and as the one JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape

from pipelines.console import Speaker

if TYPE_CHECKING:
    from decisioning.lift import Lift
    from pipelines.campaign import Campaign
    from pipelines.export.run import Exported
    from pipelines.lift import Lifted
    from pipelines.loop.command import Done
    from pipelines.plan import Plan
    from pipelines.policy import Checked, Difference


def campaign(say: Speaker, done: Campaign, currency: str) -> None:
    """What is done with how many, within which budgets, how near to the best, and where the list is."""
    say.say(f"policy {escape(done.policy_version)} for {done.customers:,} customers: {done.contacts:,} contacts")
    say.table(("action", "customers"), [(escape(name), count) for name, count in done.actions.items()])
    say.say(
        f"expected: {done.value:+,.2f} {currency} net; offers and contacts cost {done.expected_cost:,.2f} {currency}"
    )
    if done.fallbacks:
        say.say(f"{done.fallbacks:,} of them get the policy's fallback: every other offer is filtered")
    if done.budgets:
        names = ("budget", "of", "limit", "left before", "used", "one more is worth")
        rows = [(escape(one.name), one.of, one.limit, one.before, one.used, one.price) for one in done.budgets]
        say.table(names, rows)
    missed = f"at most {done.gap:.2%} below the best that budgets allow"
    say.say(f"allocated {'exactly' if done.how == 'exact' else 'by shadow prices'}: {missed}")
    if done.prices_version:
        say.say(f"shadow prices {done.prices_version} steer decisions from now on")
    elif not done.dry_run and len(done.budgets) > 1:
        say.say("shadow prices stay as they are: these were found under a budget of this campaign alone")
    if done.dry_run:
        say.say("a dry run: nothing was written")
    elif done.path:
        say.say(f"contact list: {escape(str(done.path))}; outcomes come home by its decision_id")
    say.document({**asdict(done), "decided_at": done.decided_at})


def planned(say: Speaker, plan: Plan, currency: str) -> None:
    """What would change, for how many, and what that is expected to be worth."""
    sides = (("in force", plan.before), ("planned", plan.after))
    names = ("", "policy", "contacts", "nothing", f"value, {currency}", f"cost, {currency}", "gap")
    rows = [(name, escape(s.policy), s.contacts, s.nothing, s.value, s.cost, s.gap) for name, s in sides]
    say.table(names, rows)
    say.table(("action", "in force", "planned"), [(escape(name), was, is_) for name, was, is_ in plan.actions])
    if plan.budgets:
        say.table(("budget", "limit", "used in force", "used planned"), [(escape(b[0]), *b[1:]) for b in plan.budgets])
    say.say(f"{plan.changed:,} of {plan.customers:,} customers would get something else; most of them:")
    for move in plan.moves:
        say.say(escape(f"  {move.customers:,} from {move.before} to {move.after}"))
    if plan.plot:
        say.say(f"picture: {escape(str(plan.plot))}")
    say.document(asdict(plan))


def policy_checked(say: Speaker, found: Checked) -> None:
    """What a policy does, in a few lines."""
    for line in found.lines:
        say.say(escape(line))
    for warning in found.warnings:
        say.say(f"[yellow]note:[/yellow] {escape(warning)}")
    say.document(asdict(found))


def policy_differs(say: Speaker, found: tuple[Difference, ...]) -> None:
    """What differs between two policies, one line each."""
    for one in found:
        say.say(escape(f"{one.where}: {one.before} -> {one.after}"))
    if not found:
        say.say("the policies say the same")
    say.document({"differences": [asdict(one) for one in found]})


def lifted(say: Speaker, found: Lifted) -> None:
    """What each arm brought over another, and what these sizes can see."""
    say.say(f"{found.outcome} ({found.unit}), first decisions {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}")
    say.say(escape(str(found.ratio)))
    level = f"{found.found.level:.0%}"
    names = ("arm", "against", "customers", "its", "mean", "its mean", "more", f"{level} from", "to", "relative")
    say.table(names, [_lift(one) for one in found.lifts])
    for back in found.returns:
        if back.value is not None:
            ends = f"{level}: {back.value.low:.0%} to {back.value.high:.0%}"
            say.say(f"{back.arm} returned {back.value.value:.0%} of what it spent, above the spend itself ({ends})")
    for one in found.lifts:
        for line in (*one.refused, *one.warnings):
            say.say(escape(f"{one.arm.arm} against {one.against.arm}: {line}"))
    if found.open:
        say.say(f"{found.open:,} customers are left out: their horizon has not passed")
    say.say(escape(found.detectable))
    for warning in found.warnings:
        say.say(f"[yellow]note:[/yellow] {escape(warning)}")
    say.document({**asdict(found), "refused": found.refused})


def _lift(one: Lift) -> tuple[str | int | float | None, ...]:
    sizes = (one.arm.arm, one.against.arm, one.arm.customers, one.against.customers, one.arm.mean, one.against.mean)
    if one.difference is None:
        return (*sizes, None, None, None, None)
    relative = None if one.relative is None else one.relative.value
    return (*sizes, one.difference.value, one.difference.low, one.difference.high, relative)


def exported(say: Speaker, done: Exported) -> None:
    """How many decisions were written, and where."""
    written = f"{done.decisions:,} decisions written for {done.format}, their reward is {done.reward}"
    say.say(f"{written}: {escape(str(done.path))}")
    say.document(asdict(done))


def looped(say: Speaker, done: Done) -> None:
    """What every policy earned in the loop, as shares of the oracle's profit."""
    found = done.found
    names = ("policy", "profit", "spent", "contacts", "retention", "of the oracle's", "90% from", "to", "of its gain")
    rows = [
        (
            escape(one.policy),
            one.profit,
            one.spent,
            one.contacts,
            one.retention,
            one.share,
            None if one.share_low != one.share_low else one.share_low,
            None if one.share_high != one.share_high else one.share_high,
            one.gain,
        )
        for one in sorted(found.summaries, key=lambda one: -one.profit)
    ]
    say.table(names, rows)
    say.say(f"regret {found.regret:.3f}; lead over {found.best_other}, the best of the others, {found.lead:.1%}")
    say.say(f"picture: {escape(str(done.picture))}; numbers: {escape(str(done.numbers))}")
    say.document({"regret": found.regret, "lead": found.lead, "picture": done.picture, "numbers": done.numbers})
