"""The one entry point of the notebooks: a finished run, or one made now from the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from alertmill.networks import network_of
from alertmill.parameters import LeakScreenParameters, TrainingParameters
from alertmill.pipeline import extract, learn
from alertmill.runs import Run
from alertmill.scoring.folder import ScoringRun
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
from alertmill.storage.ledger import fetch_ledger_digest
from alertmill.threads import limit_threads


def open_run(
    run_dir: str = "",
    *,
    network: str,
    start_date: str,
    end_date: str,
    window_days: int,
    overruled_leaks: Mapping[str, str] | None = None,
    **choices: object,
) -> Run:
    """Open the run in ``run_dir``; without one, make a run now, from the extraction to the metrics.

    A run made by hand lies in the runs folder like any other. The same parameters on the same
    ingested data find it again, so that the second notebook does not train anew.

    Parameters
    ----------
    run_dir : str
        Folder of a run; empty to make a run from the database.
    network, start_date, end_date, window_days
        What to extract when there is no ``run_dir``; dates are ISO, both inclusive.
    overruled_leaks : mapping of str to str, optional
        Features that may stay in spite of what the leak screen finds, each with the reason.
    **choices
        Any other parameter of a training run, as docs/parameters.md lists them, such as
        ``review_budget=10``, ``seed=3``, ``model_type="alert_ranker"``,
        ``tuning={"n_trials": 5}`` or ``labels={"strategy": "my_package.labels:Mine"}``.

    Raises
    ------
    pydantic.ValidationError
        If there is no such parameter, or a value is not allowed.
    NoAlertsError
        If the database holds no alerts in the range; the message says which dates exist.
    LeakError
        If the leak screen finds something that is not overruled.
    DatabaseHeldError
        If another process has the embedded database open.
    """
    if run_dir:
        return Run.open(Path(run_dir))
    limit_threads()
    settings = Settings()
    given = {
        "network": network_of(network),
        "start_date": date.fromisoformat(start_date),
        "end_date": date.fromisoformat(end_date),
        "window_days": window_days,
    }
    if overruled_leaks is not None:
        given["leak_screen"] = LeakScreenParameters(overruled=dict(overruled_leaks))
    parameters = TrainingParameters.model_validate({**choices, **given})
    params = get_connection_params(network, settings)
    with ClientFactory(params).client_context() as client:
        key = _identity(parameters, fetch_ledger_digest(client))
        run = Run.create(settings.alertmill_runs_dir, parameters, key=key, now=datetime.now(UTC))
        extract(run, client)
    # The database is free again before the long stages begin.
    learn(run)
    return run


def open_scoring_run(run_dir: str = "", *, network: str) -> ScoringRun:
    """Open the scoring run in ``run_dir``; without one, the newest of a network.

    Raises
    ------
    NoScoringRunError
        If there is none.
    """
    if run_dir:
        return ScoringRun.open(Path(run_dir))
    return ScoringRun.latest(Settings().alertmill_runs_dir, network_of(network))


def _identity(parameters: TrainingParameters, ledger_digest: str) -> str:
    content = f"interactive {parameters.model_dump_json()} {ledger_digest}"
    return hashlib.sha256(content.encode()).hexdigest()
