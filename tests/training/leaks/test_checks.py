"""Each check names what it must, with the reason, and stays silent on honest features."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from alertmill.errors import LeakError, UnknownNameError
from alertmill.training.features.catalogue import (
    FeatureCatalogue,
    FeatureDefinition,
    FeatureGroup,
    Latest,
)
from alertmill.training.leaks import CheckName, LeakReport, State, screen
from alertmill.training.leaks.area import Area, ranked_above
from alertmill.training.leaks.names import check_names, label_word
from alertmill.training.leaks.one_class import check_one_class
from alertmill.training.leaks.permuted import check_permuted
from alertmill.training.leaks.single_feature import check_single_features
from alertmill.training.leaks.subject import Votes
from tests.training.leaks.subjects import Drawn, make_subject


def noise(drawn: Drawn) -> np.ndarray:
    return drawn.noise()


def knows_the_label(drawn: Drawn) -> np.ndarray:
    return np.nan_to_num(drawn.y, nan=0.3) + 0.1 * drawn.noise()


def define(name: str, **values: object) -> FeatureDefinition:
    words = {
        "name": name,
        "group": FeatureGroup.ALERT,
        "description": "What it is.",
        "lowest": None,
        "highest": None,
        "sources": ("raw_alerts.volume_usd",),
        "latest": Latest.END_OF_WINDOW,
        "reads_labels_of_others": False,
        "missing_means": "never missing",
    }
    return FeatureDefinition.model_validate(words | values)


def found(report_or_result: object) -> list[str | None]:
    return [finding.feature for finding in report_or_result.findings]  # type: ignore[attr-defined]


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["label_risk_level", "hasLabel", "is_fraud", "y", "target_mean", "known_at_days", "riskLevel"],
)
def test_a_name_that_speaks_of_labels_is_found(name: str) -> None:
    assert [name] == found(check_names(make_subject({name: noise, "honest": noise})))


@pytest.mark.parametrize(
    "name",
    ["alert_confidence_score", "exposure_in_1hop_usd", "days_since_alert", "yield", "trustless"],
)
def test_a_name_that_only_looks_alike_is_not(name: str) -> None:
    assert label_word(name) is None


def test_a_feature_declared_to_read_labels_is_found_but_for_exposure() -> None:
    sources = ("raw_address_labels.risk_level",)
    own = define("quiet", sources=sources)
    others = define("exposure_share", sources=sources, group=FeatureGroup.EXPOSURE)
    subject = make_subject(
        {"quiet": noise, "exposure_share": noise},
        catalogue=FeatureCatalogue(features=(own, others)),
    )

    result = check_names(subject)

    assert ["quiet"] == found(result)
    assert "raw_address_labels.risk_level" in result.findings[0].evidence


def test_no_declared_feature_has_a_suspicious_name_or_source() -> None:
    from alertmill.training.features.declarations import build_catalogue

    catalogue = build_catalogue()
    subject = make_subject(dict.fromkeys(catalogue.names, noise), catalogue=catalogue)

    assert [] == found(check_names(subject))


# --- one feature alone ------------------------------------------------------------------------


def test_a_feature_that_alone_tells_the_classes_apart_is_found_in_either_direction() -> None:
    subject = make_subject(
        {"up": knows_the_label, "down": lambda d: -knows_the_label(d), "honest": noise}
    )

    result = check_single_features(subject)

    assert ["up", "down"] == found(result)
    assert all(finding.value is not None and finding.value > 0.95 for finding in result.findings)


def test_a_code_that_knows_the_label_is_found_whatever_its_order() -> None:
    code = define("code", kind="categorical", categories=("a", "b", "c"), lowest=0, highest=2)
    subject = make_subject(
        # 0 and 2 are confirmed, 1 is cleared: no threshold of the number tells them apart
        {"code": lambda d: np.where(d.y == 1, 2.0 * (d.address % 2), 1.0)},
        catalogue=FeatureCatalogue(features=(code,)),
    )

    assert ["code"] == found(check_single_features(subject))


def test_ten_addresses_told_apart_by_chance_are_not_enough() -> None:
    few = make_subject({"lucky": knows_the_label}, n_addresses=12, positive_share=0.5)
    many = make_subject({"certain": knows_the_label}, n_addresses=120, positive_share=0.5)

    assert [] == found(check_single_features(few))
    assert ["certain"] == found(check_single_features(many))


def test_an_address_that_alerts_every_day_counts_once() -> None:
    # One confirmed address has a high value and many alerts; the values of the others are noise.
    rng = np.random.default_rng(3)
    addresses = np.concatenate([np.zeros(500, dtype=int), np.arange(1, 101)])
    y = np.concatenate([np.ones(500), np.arange(1, 101) % 2]) == 1
    values = np.concatenate([np.full(500, 9.0), rng.normal(size=100)])
    votes = Votes.of(pl.Series([str(a) for a in addresses]), y)
    pairs = float(votes.weight[y].sum() * votes.weight[~y].sum())

    assert roc_auc_score(y, values) > 0.9
    assert ranked_above(values, votes) / pairs < 0.65


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40))
def test_with_one_alert_an_address_the_area_is_that_of_scikit_learn(
    rows: list[tuple[int, bool]],
) -> None:
    values, y = np.array([v for v, _ in rows], dtype=float), np.array([is_in for _, is_in in rows])
    if len(set(y)) < 2:
        return
    votes = Votes.of(pl.Series([str(i) for i in range(len(y))]), y)
    pairs = float(votes.weight[y].sum() * votes.weight[~y].sum())

    assert ranked_above(values, votes) / pairs == pytest.approx(roc_auc_score(y, values))


@given(st.floats(0.5, 1), st.integers(1, 500), st.integers(1, 500))
def test_the_bound_of_an_area_is_below_it_and_rises_with_the_addresses(
    value: float, m: int, n: int
) -> None:
    few, many = Area(value, m, n), Area(value, 10 * m, 10 * n)

    assert 0.5 - 1e-9 <= few.lower_bound <= value + 1e-9
    assert few.lower_bound <= many.lower_bound + 1e-9


# --- only for one class -----------------------------------------------------------------------


def test_a_value_that_only_confirmed_alerts_have_is_found() -> None:
    subject = make_subject(
        {
            "only_confirmed": lambda d: np.where(d.y == 1, d.noise(), np.nan),
            "honest": lambda d: np.where(d.rng.random(len(d.y)) < 0.5, d.noise(), np.nan),
        }
    )

    result = check_one_class(subject)

    assert ["only_confirmed"] == found(result)
    assert "confirmed" in result.findings[0].reason


def test_a_value_that_only_labelled_alerts_have_is_found() -> None:
    subject = make_subject({"quiet": lambda d: np.where(np.isnan(d.y), np.nan, d.noise())})

    result = check_one_class(subject)

    assert ["quiet"] == found(result)
    assert "unlabelled" in result.findings[0].reason


# --- permuted labels --------------------------------------------------------------------------


def test_labels_dealt_out_at_random_are_not_predicted_from_honest_features() -> None:
    columns = {f"x{i}": noise for i in range(5)} | {"telling": knows_the_label}

    result = check_permuted(make_subject(columns))

    assert [] == found(result)
    assert "ROC AUC 0." in result.scope


def test_folds_that_share_addresses_predict_labels_dealt_out_at_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sklearn.model_selection import KFold

    from alertmill.training.leaks import permuted

    class RandomFolds:
        """What is wrong: alerts of one address on both sides."""

        def __init__(self, n_folds: int, *, embargo_days: int) -> None:
            del embargo_days
            self._folds = KFold(n_folds, shuffle=True, random_state=0)

        def split(self, X: object, y: object, keys: object) -> object:
            del y, keys
            return self._folds.split(X)

    monkeypatch.setattr(permuted, "TimeAddressFolds", RandomFolds)

    result = check_permuted(make_subject({f"x{i}": noise for i in range(5)}))

    assert [None] == found(result)
    assert "share addresses" in result.findings[0].reason


def test_too_little_data_for_folds_is_said_and_stops_nothing() -> None:
    result = check_permuted(make_subject({"x": noise}, n_addresses=5, positive_share=0.5))

    assert not result.is_done
    assert [] == found(result)


# --- all together -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def overruled() -> LeakReport:
    subject = make_subject({"certain": knows_the_label, "honest": noise})
    return screen(subject, overruled={"certain": "the desk asked for it"})


def test_every_check_is_done_though_one_of_them_finds_something(overruled: LeakReport) -> None:
    assert list(CheckName) == [result.check for result in overruled.checks]


def test_what_is_overruled_stays_in_the_report_and_does_not_stand(overruled: LeakReport) -> None:
    single = next(r for r in overruled.checks if r.check is CheckName.SINGLE_FEATURE)

    assert ["certain"] == found(overruled)
    assert () == overruled.standing
    assert State.OVERRULED is overruled.state_of(single)
    assert overruled == LeakReport.model_validate_json(overruled.model_dump_json())


def test_without_the_overruling_it_stands() -> None:
    report = screen(make_subject({"certain": knows_the_label}), overruled={})

    assert ["certain"] == [finding.name for finding in report.standing]


def test_overruling_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="curtain"):
        screen(make_subject({"certain": noise}), overruled={"curtain": "a typing error"})


def test_the_message_names_feature_reason_and_what_to_do() -> None:
    report = screen(make_subject({"certain": knows_the_label}), overruled={})
    names = [finding.name for finding in report.standing]

    message = str(LeakError.of(names, report.standing, report="leak_screen.json"))

    for part in ("certain", "ROC AUC", "--overrule-leak certain=", "leak_screen.json"):
        assert part in message
