from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import parse
from configs.training import Training


def test_defaults_train() -> None:
    assert (Training().trials >= 1, Training().threads, Training().min_rows) == (True, 1, 200)


@pytest.mark.parametrize(
    "wrong", [{"trials": 0}, {"folds": 1}, {"threads": 0}, {"bag": 0}, {"min_rows": 10}, {"leak_auc": 0.5}]
)
def test_settings_that_cannot_train_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parse(wrong, Training, "training.yaml")
