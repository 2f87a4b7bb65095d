"""Cases to decide about, made of a difference and its interval."""

from __future__ import annotations

from datetime import date

from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState
from alertmill.evaluation.reports import PairedDifference
from alertmill.parameters import PromotionParameters
from alertmill.promotions import PromotionDecision
from alertmill.promotions.deciding import PromotionCase, decide
from alertmill.training.registry.champions import ChampionReport

MODEL, CHAMPION = "alert_scorer-new", "alert_scorer-old"
EARLY, LATE = date(2024, 2, 1), date(2024, 2, 8)
NO_CHAMPION = ChampionReport(model_id=None, version=None, reason="no model was promoted yet")
THE_CHAMPION = ChampionReport(model_id=CHAMPION, version="1.0.0", reason="")


def difference(
    value: float | None, low: float | None = None, high: float | None = None, note: str = ""
) -> PairedDifference:
    """Average precision against the champion on new addresses."""
    return PairedDifference(
        model="model",
        rival="champion",
        split="test_new",
        metric="average_precision",
        value=None if value is None else 0.5 + value,
        rival_value=None if value is None else 0.5,
        difference=value,
        ci_low=low,
        ci_high=high,
        p_value=None,
        p_adjusted=None,
        n_rows=400,
        n_addresses=100,
        n_positives=80,
        note=note,
    )


def check_result(code: str, *, muted_because: str = "") -> CheckResult:
    """A blocking issue."""
    return CheckResult(
        code=code,
        title=f"title of {code}",
        looks_at="something",
        is_blocking=True,
        state=CheckState.ISSUE,
        told=f"found by {code}",
        advice="",
        muted_because=muted_because,
    )


def case(  # noqa: PLR0913 - each may vary in a test
    found: PairedDifference | None = None,
    *,
    champion: ChampionReport = THE_CHAMPION,
    model_id: str = MODEL,
    fitted_until: date | None = LATE,
    champion_fitted_until: date | None = EARLY,
    issues: tuple[CheckResult, ...] = (),
    n_confirmed_addresses: int = 60,
    n_resamples: int = 400,
    parameters: PromotionParameters | None = None,
) -> PromotionCase:
    """A model that was fitted on later days than the champion, with enough evidence."""
    return PromotionCase(
        parameters=parameters or PromotionParameters(),
        model_id=model_id,
        fitted_until=fitted_until,
        champion=champion,
        champion_fitted_until=champion_fitted_until,
        checks=CheckReport(champion_id=champion.model_id, results=issues),
        found=found,
        n_confirmed_addresses=n_confirmed_addresses,
        n_resamples=n_resamples,
    )


BETTER = decide(case(difference(0.10, 0.02, 0.18)))


def decision(**changes: object) -> PromotionDecision:
    """A recommended decision with other fields."""
    return BETTER.model_copy(update=changes)
