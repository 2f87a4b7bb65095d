"""Days are scored as training scored them, once, again when they change, and all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from alertmill.cli import app
from alertmill.errors import (
    ModelNotFoundError,
    NoChampionError,
    NoScoresError,
    OutdatedModelError,
)
from alertmill.runs import Run
from alertmill.scoring.days import days_seen_before, score_days
from alertmill.scoring.folder import ScoringRun
from alertmill.scoring.report import DayState, ScoringReport
from alertmill.scoring.scorer import Scorer
from alertmill.storage import Client, ConnectionParams, execute, fetch
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery, fetch_ledger_digest
from alertmill.storage.scores import SCORE_TABLES, fetch_scores, fetch_snapshots
from alertmill.training.data.columns import HISTORY_DAYS
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureSet
from alertmill.vocabulary import ModelType
from tests.scoring.world import BUDGET, DAY, WORLD, asked, train_champion
from tests.support.databases import empty_database, unused_database

TABLE = SCORE_TABLES[ModelType.ALERT_SCORER]


@pytest.fixture(autouse=True)
def nothing_scored(world_client: Client, champion: Run) -> Iterator[None]:
    """Let the champion score, and forget every score after a test."""
    assert champion.model.metadata.model_id
    yield
    for table in SCORE_TABLES.values():
        execute(world_client, f"TRUNCATE TABLE {table}_batches SYNC")
    tables = list(SCORE_TABLES.values())
    forget = "DELETE FROM ingestion_ledger WHERE table IN {tables:Array(String)}"
    execute(world_client, forget, {"tables": tables})


def scores_of(
    client: Client, first: date = DAY, last: date = DAY, table: str = TABLE
) -> pl.DataFrame:
    return fetch_scores(client, table, window_days=WORLD.window_days, first=first, last=last)


def score(client: Client, **changed: object) -> ScoringReport:
    return score_days(client, asked(**changed), day=DAY)


def test_every_alert_is_scored_as_in_its_training_bit_for_bit(
    world_client: Client, champion: Run
) -> None:
    first = DAY - timedelta(days=2)

    report = score(world_client, start_date=first)

    trained = champion.features.filter(pl.col("processing_date").is_between(first, DAY))
    expected = trained.select(KEYS).with_columns(
        score=champion.model.predict(trained), raw_score=champion.model.raw_score(trained)
    )
    found = scores_of(world_client, first).select(expected.columns)
    assert_frame_equal(expected.sort(KEYS), found.sort(KEYS), check_exact=True)
    assert [DayState.NEW] * 3 == [day.state for day in report.days]
    assert report.n_scored == found.height


def test_the_queue_holds_the_budget_and_the_sample_lies_below_it(
    world_client: Client, champion: Run
) -> None:
    (day,) = score(world_client).days

    found = scores_of(world_client)
    queue, below = found.filter("is_in_queue"), found.filter(~pl.col("is_in_queue"))
    assert champion.parameters.review_budget == BUDGET == queue.height == day.n_in_queue
    assert queue["score"].min() >= below["score"].max()
    assert list(range(1, found.height + 1)) == found["day_rank"].to_list()
    assert found["score"].is_sorted(descending=True)
    assert day.n_sampled == below["is_sampled"].sum() > 0
    assert not queue["is_sampled"].any()
    assert {1.0} == set(queue["review_probability"])
    assert {0.2} == set(below["review_probability"])


def test_a_row_names_its_model_its_run_and_its_snapshot(
    world_client: Client, champion: Run
) -> None:
    score(world_client)

    batches = fetch(
        world_client,
        "SELECT batch_id FROM current_batches WHERE table = 'raw_alerts' "
        "AND processing_date = {day:Date}",
        {"day": DAY},
    )
    found = scores_of(world_client).select(
        "model_id", "model_version", "model_run_id", "snapshot_batch_id"
    )
    model = champion.model.metadata
    expected = (model.model_id, model.version, champion.run_id, batches["batch_id"][0])
    assert [expected] == found.unique().rows()


def test_the_reasons_of_an_alert_speak_of_its_own_features(
    world_client: Client, champion: Run
) -> None:
    score(world_client)

    top = scores_of(world_client).row(0, named=True)
    given = json.loads(top["reasons_json"])
    features = champion.features.filter(
        pl.col("processing_date") == DAY, pl.col("alert_id") == top["alert_id"]
    ).row(0, named=True)
    signs = [reason["contribution"] > 0 for reason in given]
    assert 1 <= len(given) <= 5
    assert signs == sorted(signs, reverse=True), "what raises the score comes first"
    for reason in given:
        assert features[reason["feature"]] == reason["value"]
        definition = next(f for f in champion.catalogue.features if f.name == reason["feature"])
        assert reason["sentence"].startswith(definition.description.rstrip("."))


def test_a_day_that_is_scored_is_left_alone_unless_it_is_asked_for(world_client: Client) -> None:
    score(world_client)
    before = scores_of(world_client)

    left, again = score(world_client), score(world_client, again=True)

    assert [DayState.UNCHANGED, DayState.REPLACED] == [r.days[0].state for r in (left, again)]
    assert 0 == left.n_scored < again.n_scored
    assert_frame_equal(before, scores_of(world_client), check_exact=True)
    assert "Nothing to score" in left.summary


def test_other_questions_replace_the_scores_of_the_day(world_client: Client) -> None:
    score(world_client)
    longer = score(world_client, review_budget=2 * BUDGET, again=True)

    found = scores_of(world_client)
    assert 2 * BUDGET == longer.days[0].n_in_queue == found["is_in_queue"].sum()
    assert found.height == found["alert_id"].n_unique()


def alerts_of(client: Client, day: date) -> pl.DataFrame:
    return fetch(
        client,
        "SELECT * EXCEPT created_at REPLACE(toDate32(processing_date) AS processing_date) "
        "FROM raw_alerts WHERE processing_date = {day:Date}",
        {"day": day},
    )


def put_alerts(client: Client, day: date, alerts: pl.DataFrame) -> None:
    delivery = Delivery(
        WORLD.network, "corrected", window_days=WORLD.window_days, processing_date=day
    )
    with open_batch(client, delivery, ["raw_alerts"]) as batch:
        batch.insert("raw_alerts", alerts)
        batch.commit()


def test_a_corrected_snapshot_and_the_days_that_look_back_on_it_are_scored_again(
    world_client: Client,
) -> None:
    corrected, first = DAY - timedelta(days=1), DAY - timedelta(days=2)
    score(world_client, start_date=first)
    before = scores_of(world_client, first)
    alerts = alerts_of(world_client, corrected)
    put_alerts(world_client, corrected, alerts.with_columns(pl.col("alert_confidence_score") / 2))

    report = score(world_client, start_date=first)

    after, others = scores_of(world_client, first), pl.col("processing_date") == first
    assert [corrected, DAY] == [day.day for day in report.scored]
    assert_frame_equal(before.filter(others), after.filter(others))
    assert not before.equals(after)
    put_alerts(world_client, corrected, alerts)
    score(world_client, start_date=first)
    assert () == score(world_client, start_date=first).scored
    columns = ["alert_id", "processing_date", "score"]
    assert_frame_equal(before.select(columns), scores_of(world_client, first).select(columns))


def test_a_correction_concerns_its_day_and_those_that_look_back_on_it(
    world_client: Client,
) -> None:
    corrected, first = DAY - timedelta(days=10), DAY - timedelta(days=12)

    def digests() -> dict[date, str]:
        found = fetch_snapshots(
            world_client,
            TABLE,
            window_days=WORLD.window_days,
            first=first,
            last=DAY,
            look_back_days=HISTORY_DAYS,
        )
        return {snapshot.day: snapshot.digest for snapshot in found}

    before = digests()
    alerts = alerts_of(world_client, corrected)
    put_alerts(world_client, corrected, alerts.head(1))
    during = digests()
    put_alerts(world_client, corrected, alerts)

    changed = [day for day in before if before[day] != during[day]]
    assert [corrected + timedelta(days=n) for n in range(HISTORY_DAYS + 1)] == changed
    assert before == digests()


@pytest.mark.parametrize(("window_days", "expected"), [(3, HISTORY_DAYS), (7, 7), (30, 30)])
def test_features_see_their_history_and_the_window_before(window_days: int, expected: int) -> None:
    assert expected == days_seen_before(window_days)


def test_what_is_new_since_an_address_was_last_scored_is_said(world_client: Client) -> None:
    yesterday = DAY - timedelta(days=1)
    score(world_client, start_date=yesterday, end_date=yesterday)
    (day,) = score(world_client).days

    earlier, found = scores_of(world_client, yesterday, yesterday), scores_of(world_client)
    is_known = found["address"].is_in(earlier["address"].implode())
    assert day.n_new_addresses == found["change_json"].null_count() == (~is_known).sum()
    assert is_known.any()
    row = found.filter(is_known).row(0, named=True)
    change, best = json.loads(row["change_json"]), earlier.filter(address=row["address"])
    assert (str(yesterday), best["score"].max()) == (change["since"], change["score_before"])
    now = {reason["feature"] for reason in json.loads(row["reasons_json"])}
    assert set(change["new_reasons"]) <= now
    assert now.isdisjoint(change["gone_reasons"])


def test_a_writer_that_died_leaves_the_scores_of_before(world_client: Client) -> None:
    score(world_client)
    before = scores_of(world_client)
    delivery = Delivery(WORLD.network, "died", window_days=WORLD.window_days, processing_date=DAY)
    half = before.head(3).with_columns(score=pl.lit(0.5))
    with open_batch(world_client, delivery, [TABLE]) as batch:
        batch.insert(TABLE, half)

    assert_frame_equal(before, scores_of(world_client))
    assert DayState.REPLACED == score(world_client, again=True).days[0].state
    assert_frame_equal(before, scores_of(world_client))


def test_scores_change_nothing_that_a_training_reads(world_client: Client) -> None:
    before = fetch_ledger_digest(world_client)

    score(world_client)

    assert before == fetch_ledger_digest(world_client)


def test_days_without_a_snapshot_are_said_and_not_invented(world_client: Client) -> None:
    report = score_days(world_client, asked(), day=DAY + timedelta(days=30))

    assert () == report.days
    assert "No snapshot of" in report.summary


def test_without_a_champion_nothing_is_scored(world_client: Client) -> None:
    with pytest.raises(NoChampionError, match="no champion of ethereum, alert_ranker"):
        score(world_client, model_type=ModelType.ALERT_RANKER)


def test_a_model_that_is_not_there_is_named_beside_those_that_are(
    world_client: Client, champion: Run
) -> None:
    with pytest.raises(ModelNotFoundError, match=champion.model.metadata.model_id):
        score(world_client, model_id="alert_scorer-nobody")


def test_a_model_whose_features_mean_something_else_scores_nothing(
    world_client: Client, champion: Run
) -> None:
    scorer = Scorer.find(world_client, asked())
    name = champion.model.feature_names[0]
    other = [
        f.model_copy(update={"formula": "another"}) if f.name == name else f
        for f in champion.catalogue.features
    ]
    catalogue = champion.catalogue.model_copy(update={"features": tuple(other)})
    built = FeatureSet(champion.features, catalogue, pl.DataFrame())

    with pytest.raises(OutdatedModelError, match=f"the formula of {name} changed"):
        scorer.score(built)


@pytest.mark.parametrize("model_type", [ModelType.ALERT_RANKER, ModelType.CLUSTER_SCORER])
def test_every_type_of_model_has_scores_of_its_own(
    world_client: Client, tmp_path: Path, model_type: ModelType
) -> None:
    run = train_champion(world_client, tmp_path, model_type)
    score(world_client)
    score(world_client, model_type=model_type)

    found = scores_of(world_client, table=SCORE_TABLES[model_type])
    trained = run.features.filter(pl.col("processing_date") == DAY)
    assert trained.height == found.height > 0
    assert scores_of(world_client).height > 0
    execute(
        world_client,
        "DELETE FROM promotions WHERE model_type = {kind:String}",
        {"kind": str(model_type)},
    )


def test_the_commands_score_and_export(
    world_client: Client,
    embedded_dir: Path,
    world_params: ConnectionParams,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(embedded_dir))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", world_params.database)
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(tmp_path / "runs"))
    file = tmp_path / "scores.csv"
    network, days = ("--network", WORLD.network), ("--from", str(DAY), "--to", str(DAY))
    dates = ("--start-date", str(DAY), "--end-date", str(DAY))

    nothing = CliRunner().invoke(app, ["export", "scores", str(file), *network, *dates])
    scored = CliRunner().invoke(app, ["score", *network, *days, "--no-report"])
    written = CliRunner().invoke(app, ["export", "scores", str(file), *network, *dates])

    assert isinstance(nothing.exception, NoScoresError)
    assert (0, 0) == (scored.exit_code, written.exit_code), (scored.output, written.output)
    assert f"{DAY}  scored" in scored.stdout
    assert pl.read_csv(file).height == scores_of(world_client).height
    (kept,) = (tmp_path / "runs" / WORLD.network / "scores").iterdir()
    assert_frame_equal(
        scores_of(world_client).select("score"), ScoringRun.open(kept).scores.select("score")
    )


def test_snapshots_that_another_system_keeps_are_scored_and_their_corrections_seen(
    world_client: Client, embedded_dir: Path
) -> None:
    params = unused_database(embedded_dir)
    name = params.database
    execute(world_client, f"CREATE DATABASE {name}")
    tables = ("raw_alerts", "raw_features", "raw_clusters", "raw_money_flows", "raw_address_labels")
    for table in (*tables, "trained_models", "promotions"):
        copied = f"SELECT * FROM {world_client.database}.{table}"  # noqa: S608 - names of the test
        kept = f"CREATE TABLE {name}.{table} ENGINE = MergeTree ORDER BY tuple() AS {copied}"
        execute(world_client, kept)
    with empty_database(params) as client:
        scored, left = score(client), score(client)
        execute(
            client,
            "ALTER TABLE raw_alerts UPDATE alert_confidence_score = 0.5 "
            "WHERE processing_date = {day:Date} SETTINGS mutations_sync = 2",
            {"day": DAY},
        )
        corrected = score(client)
        score(world_client)

        found = scores_of(client).select("alert_id", "snapshot_batch_id")

    states = [report.days[0].state for report in (scored, left, corrected)]
    assert [DayState.NEW, DayState.UNCHANGED, DayState.REPLACED] == states
    assert set(scores_of(world_client)["alert_id"]) == set(found["alert_id"])
    assert {""} == set(found["snapshot_batch_id"])
