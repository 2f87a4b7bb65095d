"""What a team would have without a boosted model: a rule, and a logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from alertmill.training.data.arguments import check_columns
from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.vocabulary import Severity

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_INVERSE_PENALTY = 0.05
"""Of the logistic regression: some hundred features, many of them near copies of each other."""


def score_rule(alerts: pl.DataFrame) -> np.ndarray:
    """Rank alerts as a queue without a model is worked off: by severity, then by volume.

    Parameters
    ----------
    alerts : DataFrame
        Columns severity and volume_usd; a null volume counts as 0.

    Returns
    -------
    ndarray of shape (n_alerts,)
        Between 0 and 1; a rank, not a probability. The score of an alert does not depend on the
        other alerts.
    """
    order = {severity.value: position for position, severity in enumerate(Severity)}
    volume = pl.col("volume_usd").fill_null(0.0).clip(lower_bound=0.0).log1p()
    score = pl.col("severity").cast(pl.String).replace_strict(order, return_dtype=pl.Float64)
    return alerts.select((score + volume / (volume + 1.0)) / len(order)).to_series().to_numpy()


@dataclass(frozen=True)
class LogisticBaseline:
    """Logistic regression on the same features as the boosted model."""

    pipeline: Pipeline
    feature_names: tuple[str, ...]

    @classmethod
    def fit(cls, train: LabelledRows, *, categorical: Sequence[str] = ()) -> Self:
        """Fit on the training rows, weighted by label confidence.

        Numeric features enter as signed logarithms, because amounts span many powers of ten, with
        the median for missing values, standardised; categorical codes enter one-hot, a missing or
        unseen one as no column at all. Classes are not reweighted, so scores are probabilities.

        Raises
        ------
        UnknownNameError
            If ``categorical`` names no column.
        """
        names = tuple(train.X.columns)
        codes = check_columns("categorical", categorical, names)
        pipeline = _pipeline([names.index(name) for name in codes])
        pipeline.fit(
            to_matrix(train.X, names), train.y, logisticregression__sample_weight=train.weight
        )
        return cls(pipeline, names)

    def predict(self, X: pl.DataFrame) -> np.ndarray:
        """Probability that each alert is a true one, shape (n_alerts,)."""
        if X.is_empty():
            return np.empty(0)
        matrix = to_matrix(X, self.feature_names)
        return np.asarray(self.pipeline.predict_proba(matrix)[:, 1])


def score_baselines(
    train: LabelledRows,
    features: pl.DataFrame,
    alerts: pl.DataFrame,
    *,
    categorical: Sequence[str] = (),
) -> pl.DataFrame:
    """Score alerts by the rule and by a logistic regression fitted on the training rows.

    Parameters
    ----------
    train : LabelledRows
        Rows the regression is fitted on.
    features : DataFrame
        Alerts to score: processing_date, address, alert_id, then the features.
    alerts : DataFrame
        Holds, among others, the rows of ``features``, with severity and volume_usd.
    categorical : sequence of str
        Features that hold codes of categories.

    Returns
    -------
    DataFrame
        The keys in the order of ``features``, score_rule and score_logistic.
    """
    keys = features.select(KEYS)
    columns = alerts.select(*KEYS, "severity", "volume_usd")
    ruled = keys.join(columns, on=KEYS, how="left", maintain_order="left", validate="1:1")
    logistic = LogisticBaseline.fit(train, categorical=categorical)
    return keys.with_columns(
        pl.Series("score_rule", score_rule(ruled)),
        pl.Series("score_logistic", logistic.predict(features)),
    )


def _pipeline(categorical: Sequence[int]) -> Pipeline:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    numeric = make_pipeline(
        FunctionTransformer(signed_log),
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
    )
    codes = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=-1.0),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = make_column_transformer((codes, list(categorical)), remainder=numeric)
    regression = LogisticRegression(C=_INVERSE_PENALTY, solver="newton-cholesky", max_iter=200)
    return make_pipeline(columns, regression)


def signed_log(X: np.ndarray) -> np.ndarray:
    """Logarithm of 1 + the size, with the sign kept; missing stays missing.

    Examples
    --------
    >>> signed_log(np.array([-np.e + 1, 0.0, np.e - 1])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return np.asarray(np.sign(X) * np.log1p(np.abs(X)))
