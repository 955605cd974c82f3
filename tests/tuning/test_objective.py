"""Objectives: how several scores of several sequences become one number."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.errors import UsageError
from touchline.tuning.objective import Objective, Scores, Yardstick, summary

FIRST = Scores(hota=0.6, idf1=0.8, kept=3, new=1, stolen=1, returns=6)
SECOND = Scores(hota=0.4, idf1=0.2, kept=0, new=1, stolen=1, returns=2)


def yardstick(objective: str, weights: tuple[float, float] = (1.0, 1.0)) -> Yardstick:
    returns = np.array([FIRST.returns, SECOND.returns])
    return Yardstick(Objective.parse(objective), np.array(weights), returns)


def value(objective: str, weights: tuple[float, float] = (1.0, 1.0)) -> float:
    measure = yardstick(objective, weights)
    return measure.mean(measure.values([FIRST, SECOND]))


def test_hota_and_idf1_are_means_over_the_sequences() -> None:
    assert value("hota") == pytest.approx(0.5)
    assert value("IDF1") == pytest.approx(0.5)
    assert value("hota", (3.0, 1.0)) == pytest.approx(0.55)


def test_reentry_is_that_of_all_returns_together() -> None:
    assert value("reentry") == pytest.approx((3 - 1 + 0 - 1) / 8)
    weighted = (3.0 * (3 - 1) + 1.0 * (0 - 1)) / (3.0 * 6 + 1.0 * 2)
    assert value("reentry", (3.0, 1.0)) == pytest.approx(weighted)


def test_several_scores_are_a_weighted_mean() -> None:
    assert value("hota=3,reentry=1") == pytest.approx((3 * value("hota") + value("reentry")) / 4)
    assert str(Objective.parse(" hota=3, reentry = 1 ")) == "hota=3,reentry=1"
    assert str(Objective.parse("idf1")) == "idf1"


def test_without_returns_reentry_is_neutral() -> None:
    nobody = Yardstick(Objective.parse("reentry"), np.ones(1), np.zeros(1, np.int64))
    assert nobody.value(Scores(0.5, 0.5, 0, 0, 0, 0)) == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hotta", "did you mean 'hota'"),
        ("", "unknown score ''"),
        ("hota,hota", "each score once"),
        ("hota=x", "each score once, with a weight above 0"),
        ("hota=0", "weight above 0"),
        ("hota=nan", "weight above 0"),
    ],
)
def test_objectives_that_mean_nothing_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Objective.parse(text)


def test_the_summary_means_scores_and_sums_returns() -> None:
    total = summary([FIRST, SECOND], np.array([3.0, 1.0]))
    assert total == pytest.approx(
        {"hota": 0.55, "idf1": 0.65, "kept": 3, "new": 2, "stolen": 2, "returns": 8}
    )
