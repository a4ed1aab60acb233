"""Open Bandit's small logs: what a random policy would have earned, asked of the log that a bandit wrote.

Of the 10,000 rows of each campaign few tell of items that the bandit avoided. An answer must be refused where next to
none do, and come with a warning where a few do. The logs are read from the wheel of obp; none of its code is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.results import record
from decisioning.logs import Log
from decisioning.off_policy import Value, evaluate

COMMAND = "make benchmark-effects"
REFUSED = {"all": False, "men": False, "women": True}


def main() -> None:
    """Record 1 where every campaign is answered or refused as it should be."""
    values = {campaign: random_from_bandit(_logged(campaign, "bts")) for campaign in REFUSED}
    truths = {campaign: float(_logged(campaign, "random").click.mean()) for campaign in REFUSED}
    note = "; ".join(f"{campaign}: {_told(value, truths[campaign])}" for campaign, value in values.items())
    record("effects.obd_refused", float(as_it_should(values)), reach="== 1", note=note, command=COMMAND)


def random_from_bandit(rows: pd.DataFrame) -> Value:
    """The value of showing every item (`item_id`, from 0) equally often, from a log of clicks with propensities."""
    items = int(rows.item_id.max()) + 1
    log = Log(
        actions=tuple(f"item {item}" for item in range(items)),
        chosen=rows.item_id.to_numpy(np.intp),
        reward=rows.click.to_numpy(np.float64),
        propensity=rows.propensity_score.to_numpy(np.float64),
        group=np.arange(len(rows)),
    )
    return evaluate(log, np.full((len(rows), items), 1 / items))


def as_it_should(values: Mapping[str, Value]) -> bool:
    """Whether exactly those of REFUSED are refused, and the others answered with a warning."""
    return all(
        bool(values[campaign].refused) is refused and (refused or bool(values[campaign].warnings))
        for campaign, refused in REFUSED.items()
    )


def _logged(campaign: str, policy: str) -> pd.DataFrame:
    path = distribution("obp").locate_file(f"obp/dataset/obd/{policy}/{campaign}/{campaign}.csv")
    return pd.read_csv(Path(str(path)), usecols=["item_id", "click", "propensity_score"])


def _told(value: Value, truth: float) -> str:
    """A value in words, beside the click rate of the rows where the random policy was really at work."""
    if value.refused:
        return f"refused: {', '.join(value.refused)}"
    found = value.answer
    return f"{found.value:.4f} ({found.low:.4f} to {found.high:.4f}), truth {truth:.4f}; {', '.join(value.warnings)}"


if __name__ == "__main__":
    main()
