"""A model card as a Word file that people edit; the only module that knows python-docx."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alertmill.errors import ConfigurationError
from alertmill.files import write_bytes
from alertmill.reporting.card_parts import CardSection, CardTable
from alertmill.reporting.model_card import ModelCard

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_FIRST_TIME_IN_A_ZIP = (1980, 1, 1, 0, 0, 0)
"""Of every part: equal cards make equal files."""
_TABLE_STYLE = "Light List"
_TABLE_POINTS, _MARGIN_CENTIMETRES = 8, 1.8


def write_card_as_word(path: Path, card: ModelCard, *, created_at: datetime) -> Path:
    """Write the card as a Word file; the same card and time give the same bytes.

    Parameters
    ----------
    path : Path
        File to write, with the ending ``.docx``.
    card : ModelCard
        What to write.
    created_at : datetime
        When the run was published; the file says so of itself.

    Raises
    ------
    ConfigurationError
        If the package python-docx is not installed, or the file has another ending.
    """
    if path.suffix.lower() != ".docx":
        raise ConfigurationError(f"{path.name} does not end in .docx; Word opens no other name.")
    document = _new_document()
    _set_properties(document, card, created_at)
    document.add_heading(_clean(card.title), level=0)
    document.add_paragraph(_clean(card.about))
    for section in card.sections:
        _add_section(document, section)
    _add_page_numbers(document, card)
    buffer = BytesIO()
    document.save(buffer)
    write_bytes(path, _without_times(buffer.getvalue()))
    return path


def _new_document() -> WordDocument:
    try:
        from docx import Document
        from docx.shared import Cm
    except ImportError:
        raise ConfigurationError(
            'the package python-docx is not installed; install it with: pip install "'
            'alertmill[word]".'
        ) from None
    document = Document()
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(_MARGIN_CENTIMETRES)
    return document


def _set_properties(document: WordDocument, card: ModelCard, created_at: datetime) -> None:
    properties = document.core_properties
    properties.title, properties.subject = _clean(card.title), _clean(card.about)
    properties.author = properties.last_modified_by = "Alertmill"
    properties.comments = ""
    moment = created_at.replace(tzinfo=None, microsecond=0)  # UTC, as the format wants it
    properties.created = properties.modified = moment


def _add_section(document: WordDocument, section: CardSection) -> None:
    document.add_heading(_clean(section.title), level=1)
    document.add_paragraph().add_run(_clean(section.asked_by)).italic = True
    for sentence in section.sentences:
        document.add_paragraph(_clean(sentence))
    for table in section.tables:
        _add_table(document, table)


def _add_table(document: WordDocument, table: CardTable) -> None:
    document.add_heading(_clean(table.caption), level=2)
    if not table.rows:
        document.add_paragraph("none")
        return
    has_heads = any(table.heads)
    added = document.add_table(rows=0, cols=len(table.heads), style=_TABLE_STYLE)
    if has_heads:
        _fill(added.add_row(), table.heads, is_bold=True)
        _repeat_on_each_page(added.rows[0])
    for row in table.rows:
        _fill(added.add_row(), row)


def _fill(row: Any, cells: tuple[str, ...], *, is_bold: bool = False) -> None:  # noqa: ANN401 - docx types are not public
    from docx.shared import Pt

    for cell, text in zip(row.cells, cells, strict=True):
        run = cell.paragraphs[0].add_run(_clean(text))
        run.font.size = Pt(_TABLE_POINTS)
        run.bold = is_bold


def _repeat_on_each_page(row: Any) -> None:  # noqa: ANN401 - docx types are not public
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - docx has no other way


def _add_page_numbers(document: WordDocument, card: ModelCard) -> None:
    """Put the run into the header and the number of the page into the footer."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    first = document.sections[0]
    first.header.paragraphs[0].text = _clean(card.about)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer = first.footer.paragraphs[0]
    footer.add_run("Page ")
    footer._p.append(field)  # noqa: SLF001 - docx has no other way


def _clean(text: str) -> str:
    """Return text without what XML cannot hold; the page shows the same without it, too."""
    return "".join(letter for letter in text if letter.isprintable() or letter.isspace())


def _without_times(content: bytes) -> bytes:
    """Write the package again with one date for all parts."""
    buffer = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as found,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in found.namelist():
            entry = zipfile.ZipInfo(name, _FIRST_TIME_IN_A_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, found.read(name))
    return buffer.getvalue()
