"""Make a finished run again, stage by stage, and compare what every stage leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alertmill.errors import AlertmillError, UnfinishedRunError
from alertmill.files import sha256_of, write_bytes
from alertmill.parameters import TrainingParameters
from alertmill.parameters.named_code import check_named_code
from alertmill.pipeline import stages_of_learning
from alertmill.provenance import collect
from alertmill.reporting.manifest import Manifest, read_manifest
from alertmill.reproduction.differences import (
    FileDifference,
    difference_of,
    differing_fields,
)
from alertmill.reproduction.parts import PARTS, ComparedPart, PartState, RunPart, judged
from alertmill.reproduction.places import (
    begin_again,
    check_inside,
    place_for,
    take_stage,
)
from alertmill.reproduction.reports import compare_reports
from alertmill.reproduction.surroundings import Surroundings, compare_surroundings
from alertmill.runs import PROMISES_FILE, Run, Stage, StageRecord

Listener = Callable[[str], None]
"""Gets the sentence of every comparison."""


@dataclass(frozen=True)
class Reproduction:
    """A run that was made again, part by part."""

    run_id: str
    surroundings: Surroundings
    parts: tuple[ComparedPart, ...]

    @property
    def is_equal(self) -> bool:
        """True if no part differs or failed."""
        return all(part.is_equal for part in self.parts)

    @property
    def sentence(self) -> str:
        """What came out, in one line; the first part that is not equal is named."""
        odd = [part for part in self.parts if not part.is_equal]
        if odd:
            return f"The run is not reproduced: {odd[0].name} is the first part that is not equal."
        kept = [part.name for part in self.parts if part.state is PartState.KEPT]
        besides = f", but for what was not made again: {', '.join(kept)}" if kept else ""
        return f"The run was made again, and is equal in every part{besides}."


def reproduce(
    run_dir: Path,
    *,
    templates: Path | None = None,
    keep: Path | None = None,
    allowed_modules: Iterable[str] = (),
    listen: Listener = lambda _sentence: None,
) -> Reproduction:
    """Make a finished run again from its own extract and parameters, and compare it.

    It is made in another place: neither the run nor registry, ledger or champion is touched. Every
    part is compared byte by byte, and where bytes differ, by rows and numbers.

    Parameters
    ----------
    run_dir : Path
        Folder of a finished run.
    templates : Path, optional
        Folder of the template notebooks; without it, the reports are not made again.
    keep : Path, optional
        New folder that keeps what was made; without it, it is removed.
    allowed_modules : iterable of str
        Modules whose classes the parameters of the run may name: they come from its folder.
    listen : callable
        Gets what came out as soon as it was compared: the surroundings, then every part.

    Raises
    ------
    RemovedRunError, UnfinishedRunError, ManifestError
        If the run was removed, is not finished, has no extract, or its manifest cannot be read.
    ConfigurationError
        If the folder to keep cannot be used, or the parameters name code that is not allowed.
    """
    original = Run.open(run_dir)
    manifest = read_manifest(run_dir)
    check_named_code(manifest.parameters, allowed_modules)
    surroundings = compare_surroundings(manifest.provenance, collect())
    again = _Again(original, manifest, surroundings)
    again.check_extract()
    listen(surroundings.sentence)
    parts: list[ComparedPart] = []
    with place_for(run_dir, keep) as place:
        for part in again.parts(place, templates):
            parts.append(part)
            listen(part.sentence)
    return Reproduction(manifest.run_id, surroundings, tuple(parts))


class _Again:
    """A run, and the same made once more."""

    def __init__(self, original: Run, manifest: Manifest, surroundings: Surroundings) -> None:
        self._original = original
        self._manifest = manifest
        self._surroundings = surroundings
        self._records = {record.stage: record for record in manifest.stages}

    def check_extract(self) -> None:
        """Raise if the run has no extract to make it of, or names files that are not its own."""
        for known in self._records.values():
            check_inside(self._original, known)
        record = self._records.get(Stage.EXTRACT)
        if record is None:
            raise UnfinishedRunError.of(self._original.path, "an extract")
        for file in record.files:
            if not (self._original.path / file.path).is_file():
                raise UnfinishedRunError.of(self._original.path, file.path)

    def parts(self, place: Path, templates: Path | None) -> Iterator[ComparedPart]:
        """Make the run again in an empty place; yield each part when it was compared."""
        parameters = self._manifest.parameters
        yield _compare_parameters(parameters, self._original.parameters)
        yield self._compare_extract()
        again = begin_again(self._original, self._records[Stage.EXTRACT], parameters, place)
        for stage, perform in stages_of_learning().items():
            record = self._records.get(stage)
            if record is None:
                return
            if stage is Stage.TUNE and (reason := _depends_on_time(parameters)):
                take_stage(self._original, record, again)
                yield ComparedPart(_parts_of(stage)[0].name, PartState.KEPT, reason=reason)
                continue
            try:
                made = perform(again)
            except Exception as error:  # noqa: BLE001 - whatever stops a stage is what was found
                yield _failed(stage, error)
                return
            yield from self._compare_stage(record, made, again)
        yield self._compare_reports(again, templates)

    def _compare_extract(self) -> ComparedPart:
        record, part = self._records[Stage.EXTRACT], _parts_of(Stage.EXTRACT)[0]
        found = [
            FileDifference(file.path, "it is not the file that the manifest names")
            for file in record.files
            if sha256_of(self._original.path / file.path) != file.sha256
        ]
        return judged(part, found, n_compared=len(record.files), may_round=False)

    def _compare_stage(
        self, then: StageRecord, now: StageRecord, again: Run
    ) -> Iterator[ComparedPart]:
        names = dict.fromkeys(file.path for file in (*then.files, *now.files))
        for part in _parts_of(then.stage):
            own = [name for name in names if _belongs(name, part)]
            found = [
                difference_of(name, self._original.path / name, again.path / name) for name in own
            ]
            yield judged(
                part,
                [difference for difference in found if difference is not None],
                n_compared=len(own),
                may_round=self._surroundings.may_round,
            )

    def _compare_reports(self, again: Run, templates: Path | None) -> ComparedPart:
        # What the registry said is shown in the reports, and is not asked for again.
        registered = self._records.get(Stage.REGISTER)
        if registered is not None:
            take_stage(self._original, registered, again)
        # What became of earlier promises was read from other runs, which may be gone.
        promises = self._original.path / PROMISES_FILE
        if promises.is_file():
            write_bytes(again.path / PROMISES_FILE, promises.read_bytes())
        return compare_reports(
            self._original, again, self._manifest.notebooks, templates, self._surroundings
        )


def _compare_parameters(then: TrainingParameters, now: TrainingParameters) -> ComparedPart:
    """Compare the parameters of the manifest with the file, which is not used."""
    part = RunPart("parameters", Stage.EXTRACT)
    fields = differing_fields(then.model_dump(mode="json"), now.model_dump(mode="json"))
    found = [
        FileDifference("parameters.json", f"{name} is {here}, the manifest says {before}")
        for name, (before, here) in fields.items()
    ]
    return judged(part, found, n_compared=1, may_round=False)


def _depends_on_time(parameters: TrainingParameters) -> str:
    """Return why a search is not made again; empty if its result follows from its seed."""
    if parameters.tuning.max_minutes is not None:
        return "its end depended on the clock; what follows was made of what it found then"
    if parameters.tuning.n_parallel_trials > 1:
        return (
            "it did several trials at the same time, in an order of chance; what follows was made "
            "of what it found then"
        )
    return ""


def _parts_of(stage: Stage) -> list[RunPart]:
    return [part for part in PARTS if part.stage is stage]


def _belongs(name: str, part: RunPart) -> bool:
    named = {file for other in _parts_of(part.stage) for file in other.files}
    return name in part.files if part.files else name not in named


def _failed(stage: Stage, error: Exception) -> ComparedPart:
    text = " ".join(str(error).split()) or type(error).__name__
    reason = text if isinstance(error, AlertmillError) else f"{type(error).__name__}: {text}"
    return ComparedPart(_parts_of(stage)[-1].name, PartState.FAILED, reason=reason)
