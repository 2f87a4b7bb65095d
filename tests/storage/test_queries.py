"""Values are bound and never part of a statement; what arrives and what enters is checked."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.errors import QueryError
from alertmill.storage import Client, execute, fetch, insert
from alertmill.storage.queries import fetch_counted

HOSTILE = [
    "a'b",
    'a"b',
    "a\\b",
    "\\'",
    "\\t",
    "\\N",
    "NULL",
    "",
    "a\tb\r\nc",
    "a\x00b",
    "%s %(value)s",
    "{value:String}",
    "'; DROP TABLE transfers --",
    "ü\u2028😀",
]
TOKEN = "content"  # noqa: S105 - names content, opens nothing
SECRET = "0xsecret"  # noqa: S105 - stands for the content of a row


@pytest.fixture
def table(client: Client) -> str:
    execute(
        client,
        """
        CREATE TABLE notes (id UInt32, text String, score Nullable(Float64))
        ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000
        """,
    )
    return "notes"


def make_notes(*rows: tuple[int, str | None, float | None]) -> pl.DataFrame:
    schema = {"id": pl.UInt32, "text": pl.String, "score": pl.Float64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


# --- bound values -----------------------------------------------------------------------------


def test_bound_values_arrive_as_they_are(client: Client) -> None:
    sql = "SELECT {value:String} AS one, {values:Array(String)} AS several"

    found = [fetch(client, sql, {"value": v, "values": [v, "x"]}).row(0) for v in HOSTILE]

    assert [(value, [value, "x"]) for value in HOSTILE] == found
    assert 0 == fetch(client, "SELECT tx_id FROM transfers").height


def test_inserted_values_are_found_by_bound_ones(client: Client, table: str) -> None:
    insert(client, table, make_notes(*((n, v, None) for n, v in enumerate(HOSTILE))), token=TOKEN)
    sql = "SELECT id, text FROM notes WHERE text = {text:String}"

    found = [row for v in HOSTILE for row in fetch(client, sql, {"text": v}).rows()]

    assert list(enumerate(HOSTILE)) == found


# --- counted extracts -------------------------------------------------------------------------


def test_a_counted_extract_has_the_digest_of_its_rows_in_any_order(
    client: Client, table: str
) -> None:
    insert(client, table, make_notes((1, "a", None), (2, "b", 0.5), (3, "c", 1.5)), token=TOKEN)
    statements = ("SELECT * FROM notes ORDER BY id", "SELECT * FROM notes ORDER BY id DESC")

    (up, digest), (down, same) = (fetch_counted(client, "notes", sql) for sql in statements)

    assert [1, 2, 3] == up["id"].to_list() == down["id"].to_list()[::-1]
    assert digest == same


def test_a_counted_extract_keeps_the_order_of_its_statement(client: Client) -> None:
    sql = "SELECT number AS n, number * 7919 % 10007 AS shuffled FROM numbers(200000)"
    by_shuffled = f"{sql} ORDER BY shuffled DESC, n SETTINGS max_block_size = 1000"

    frame, _ = fetch_counted(client, "numbers", by_shuffled)

    assert frame.equals(frame.sort("shuffled", "n", descending=[True, False]))
    assert ["n", "shuffled"] == frame.columns


def test_other_rows_have_another_digest(client: Client, table: str) -> None:
    versions = [
        [(1, "a", None), (2, "b", 0.5)],
        [(1, "a", None), (2, "b", 0.25)],
        [(1, "a", 0.0), (2, "b", 0.5)],
        [(1, "a", 0.5), (2, "b", None)],
        [(1, "b", None), (2, "a", 0.5)],
        [(1, "a", None), (2, "b", 0.5), (2, "b", 0.5)],
        [(1, "a", None), (2, "b", 0.5), (3, "c", 0.5), (3, "c", 0.5)],
        [(1, "a", None)],
        [],
    ]

    digests = set()
    for rows in versions:
        execute(client, "TRUNCATE TABLE notes")
        if rows:
            insert(client, table, make_notes(*rows), token=str(rows))
        frame, digest = fetch_counted(client, "notes", "SELECT * FROM notes")
        digests.add(digest)
        assert len(rows) == frame.height

    assert len(versions) == len(digests)


def test_null_differs_from_the_word_and_from_empty_text(client: Client) -> None:
    values = ("CAST(NULL AS Nullable(String))", "'NULL'", "''")

    digests = {fetch_counted(client, "one", f"SELECT {value} AS a, 1 AS b")[1] for value in values}

    assert 3 == len(digests)


# --- inserting --------------------------------------------------------------------------------


def test_a_null_in_a_column_that_is_not_nullable_is_refused(client: Client, table: str) -> None:
    with pytest.raises(QueryError, match=r"349 .*CANNOT_INSERT_NULL.*column `text`"):
        insert(client, table, make_notes((1, "a", None), (2, None, 0.5)), token=TOKEN)

    assert 0 == fetch(client, "SELECT id FROM notes").height


def test_the_same_token_inserts_once(client: Client, table: str) -> None:
    notes = make_notes((1, "a", None), (2, "b", 0.5))

    for _ in range(2):
        insert(client, table, notes, token=TOKEN)
    insert(client, table, notes, token=f"another {TOKEN}")

    assert [1, 1, 2, 2] == fetch(client, "SELECT id FROM notes ORDER BY id")["id"].to_list()


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT toUInt8(text) FROM notes", "CANNOT_PARSE_TEXT"),
        ("SELECT toDate(text) FROM notes", "CANNOT_PARSE_DATE"),
        ("SELECT toUUID(text) FROM notes", "CANNOT_PARSE_UUID"),
        ("SELECT CAST(text AS Enum8('a' = 1)) FROM notes", "UNKNOWN_ELEMENT_OF_ENUM"),
        ("SELECT throwIf(text = {bound:String}, 'found') FROM notes", "THROW_IF"),
        ("SELECT {bound:UInt8}", "BAD_QUERY_PARAMETER"),
        ("SELECT absent FROM notes WHERE text = {bound:String}", "identifier `absent`"),
        ("SELECT id FROM absent WHERE text = {bound:String}", "identifier 'absent'"),
    ],
)
def test_a_failed_query_is_told_without_the_content_of_rows(
    client: Client, table: str, sql: str, words: str
) -> None:
    insert(client, table, make_notes((1, SECRET, None)), token=TOKEN)

    with pytest.raises(QueryError, match=words) as caught:
        fetch(client, sql, {"bound": SECRET})

    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_insert_is_told_without_the_content_of_rows(client: Client, table: str) -> None:
    notes = make_notes((1, SECRET, None)).with_columns(id=pl.col("text"))

    with pytest.raises(QueryError, match="CANNOT_PARSE_TEXT") as caught:
        insert(client, table, notes, token=TOKEN)

    assert SECRET not in str(caught.value)


def test_a_failed_statement_names_the_error(client: Client) -> None:
    with pytest.raises(QueryError, match=r"ClickHouse error 60 \(UNKNOWN_TABLE\)"):
        execute(client, "TRUNCATE TABLE absent")
