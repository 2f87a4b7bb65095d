"""The one entry point of the notebooks: a finished run, or one made now from the database."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from alertmill.parameters import TrainingParameters
from alertmill.pipeline import extract, learn
from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
from alertmill.storage.ledger import fetch_ledger_digest
from alertmill.threads import limit_threads
from alertmill.vocabulary import Network


def open_run(
    run_dir: str = "",
    *,
    network: str,
    start_date: str,
    end_date: str,
    window_days: int,
) -> Run:
    """Open the run in ``run_dir``; without one, extract, build, tune, train and evaluate now.

    A run made by hand lies in the runs folder like any other. The same parameters on the same
    ingested data find it again, so that the second notebook does not train anew.

    Parameters
    ----------
    run_dir : str
        Folder of a run; empty to make a run from the database.
    network, start_date, end_date, window_days
        What to extract when there is no ``run_dir``; dates are ISO, both inclusive.

    Raises
    ------
    NoAlertsError
        If the database holds no alerts in the range; the message says which dates exist.
    DatabaseHeldError
        If another process has the embedded database open.
    """
    if run_dir:
        return Run.open(Path(run_dir))
    limit_threads()
    settings = Settings()
    parameters = TrainingParameters(
        network=Network(network),
        start_date=date.fromisoformat(start_date),
        end_date=date.fromisoformat(end_date),
        window_days=window_days,
    )
    params = get_connection_params(network, settings)
    with ClientFactory(params).client_context() as client:
        key = _identity(parameters, fetch_ledger_digest(client))
        run = Run.create(settings.alertmill_runs_dir, parameters, key=key, now=datetime.now(UTC))
        extract(run, client)
    # The database is free again before the long stages begin.
    learn(run)
    return run


def _identity(parameters: TrainingParameters, ledger_digest: str) -> str:
    content = f"interactive {parameters.model_dump_json()} {ledger_digest}"
    return hashlib.sha256(content.encode()).hexdigest()
