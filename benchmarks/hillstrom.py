"""Hillstrom's e-mail test as benchmarks read it: 64,000 customers, a third each to two e-mails and to nothing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from configs.training import EffectTraining
from decisioning.logs import Log
from features.encoding import Encoder, from_frame
from training.columns import fit_columns, fit_sources

Matrix = NDArray[np.float64]
Index = NDArray[np.intp]
ARMS = {"none": "No E-Mail", "mens": "Mens E-Mail", "womens": "Womens E-Mail"}
TEST_SHARE = 0.3
FEATURES = ("recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel")


def read() -> pd.DataFrame:
    """The user's own copy of the file in TENURE_TEST_DATA, with a customer_id per row."""
    rows = pd.read_csv(Path(os.environ["TENURE_TEST_DATA"]) / "hillstrom.csv")
    return rows.assign(customer_id=np.arange(len(rows)).astype(str))


def split(rows: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """70% to learn from and 30% to judge on, stratified by arm and visit."""
    train, test = train_test_split(
        rows, test_size=TEST_SHARE, random_state=seed, stratify=rows.segment + rows.visit.astype(str)
    )
    return train, test


def encoded(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Matrix, Matrix, Index]:
    """The encoded columns of both, chosen on `train` alone, and which of them trees need."""
    sources = fit_sources(train, FEATURES)
    encoder = Encoder(fit_columns(sources, from_frame(sources, train), EffectTraining().min_level_rows))
    return encoder(from_frame(sources, train)), encoder(from_frame(sources, test)), encoder.for_trees


def as_log(rows: pd.DataFrame, outcome: str, expected: Matrix) -> Log:
    """`rows` as a log of three arms, a third each; `expected` holds the outcome expected under each of ARMS."""
    return Log(
        actions=tuple(ARMS),
        chosen=rows.segment.map({arm: at for at, arm in enumerate(ARMS.values())}).to_numpy(np.intp),
        reward=rows[outcome].to_numpy(np.float64),
        propensity=np.full(len(rows), 1 / len(ARMS)),
        group=np.arange(len(rows)),
        expected=expected,
    )


def to_all(arm: str, rows: int) -> Matrix:
    """The policy that gives everybody one of ARMS."""
    return np.eye(len(ARMS))[np.full(rows, list(ARMS).index(arm))]
