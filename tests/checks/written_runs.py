"""Run folders that hold what one check reads, written by hand or from drawn predictions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import BaseModel
from sklearn.linear_model import LogisticRegression

from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.files import write_model, write_parquet
from alertmill.parameters import ChecksParameters, PromotionParameters, TrainingParameters
from alertmill.runs import Run
from alertmill.training.registry.champions import ChampionReport
from tests.evaluation.factories import make_predictions

BUDGET = 20


class RunWriter:
    """Writes the files of one run, a few at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        promotion: PromotionParameters | None = None,
        muted: dict[str, str] | None = None,
    ) -> None:
        parameters = TrainingParameters(
            network="ethereum",
            start_date=date(2024, 1, 1),
            end_date=date(2024, 2, 29),
            review_budget=BUDGET,
            promotion=promotion or PromotionParameters(),
            checks=ChecksParameters(muted=muted or {}),
        )
        now = datetime(2026, 1, 5, tzinfo=UTC)
        self.run = Run.create(folder, parameters, key="example", now=now)

    def model(self, relative: str, content: BaseModel) -> RunWriter:
        """Write a document."""
        write_model(self.run.path / relative, content)
        return self

    def frame(self, relative: str, content: pl.DataFrame) -> RunWriter:
        """Write a table."""
        write_parquet(self.run.path / relative, content)
        return self

    def measured(self, predictions: pl.DataFrame, *, review_budget: int = BUDGET) -> RunWriter:
        """Evaluate drawn predictions of the model alone, without baselines and ensembles."""
        own = predictions.drop("score_rule", "score_logistic", strict=False)
        found = evaluate(own, review_budget=review_budget, n_bootstrap=60, seed=1)
        return self.model("evaluation/metrics.json", found)

    def compared(self, predictions: pl.DataFrame) -> RunWriter:
        """Compare the models among drawn predictions."""
        found = compare(predictions, review_budget=BUDGET, n_bootstrap=60, seed=1)
        return self.model("evaluation/comparison.json", found)

    def champion(self, model_id: str | None = None, unmet: str = "") -> RunWriter:
        """Record which champion there is, and why it was not met."""
        report = ChampionReport(model_id=model_id, version="1.0.0", reason=unmet)
        return self.model("evaluation/champion.json", report)


def calibrated(predictions: pl.DataFrame) -> pl.DataFrame:
    """Stretch and move the scores in log-odds until slope and mean on the test are right."""
    log_odds = (pl.col("score") / (1 - pl.col("score"))).log()
    rows = predictions.filter(pl.col("split") == "test", pl.col("y").is_not_null())
    X = rows.select(log_odds).to_numpy()
    fitted = LogisticRegression(C=np.inf).fit(X, rows["y"].to_numpy())
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return predictions.with_columns(score=1 / (1 + (-slope * log_odds - shift).exp()))


GOOD = calibrated(make_predictions(n_addresses=400, separation=2.5))
IS_TRUE = (pl.col("y") == 1).fill_null(value=False)
