"""Score the snapshots of new days by the champion."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from alertmill.cli.generated import options_of, overlay, with_options
from alertmill.cli.options import client_of, print_table, progress_bar, say
from alertmill.errors import ConfigurationError
from alertmill.parameters import ScoringParameters

OPTIONS = tuple(
    options_of(
        ScoringParameters,
        {("start_date",): "--from", ("end_date",): "--to", ("model_id",): "--model"},
    )
)


@with_options(OPTIONS)
def score(context: typer.Context, **given: object) -> None:
    """Score the alerts of new and corrected snapshots, and say why each has its score.

    Without --to, the last day is today, in UTC. Scoring a day again replaces its scores.
    """
    from alertmill.scoring.days import score_days
    from alertmill.scoring.report import table_of_days

    asked = overlay({}, OPTIONS, context, given)
    if "network" not in asked:
        raise ConfigurationError("the network is missing; expected --network.")
    parameters = ScoringParameters.model_validate(asked)
    with client_of(parameters.network) as client, progress_bar("scoring days") as progress:
        report = score_days(client, parameters, day=datetime.now(UTC).date(), progress=progress)
    if rows := table_of_days(report):
        print_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
    say(report.summary)
