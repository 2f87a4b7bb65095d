"""Two attackers of a runs folder: one changes files, one rewrites everything and owns no key."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alertmill.audit.entries import EntryKind, token_of
from alertmill.audit.ledger import SIGNED_LEDGER, SignedLedger, entry_paths
from alertmill.audit.marks import SIGNATURE
from alertmill.audit.trust import TrustStore
from alertmill.files import sha256_of
from alertmill.reporting.manifest import MANIFEST, write_manifest
from alertmill.runs import Run
from tests.support.signing import key_of


@dataclass(frozen=True)
class Tamperer:
    """Changes one thing in a runs folder."""

    root: Path
    random: random.Random

    def files(self, *, below: str = "") -> list[Path]:
        """Return the files of the runs folder, or of a part of it."""
        found = sorted((self.root / below).rglob("*"))
        return [path for path in found if path.is_file() and path.name != ".lock"]

    def a_file(self, *, below: str = "") -> Path:
        """Draw a file."""
        return self.random.choice(self.files(below=below))

    def write(self, path: Path, content: bytes) -> None:
        """Write a file anew: the files of a copy are links to those of the original."""
        path.unlink()
        path.write_bytes(content)

    def write_record(self, path: Path, record: dict[str, object]) -> None:
        """Write a file that need not be there."""
        path.unlink(missing_ok=True)
        path.write_text(json.dumps(record))

    def a_run(self) -> Path:
        """Draw a run that was not removed."""
        found = sorted(path.parent for path in self.root.glob("*/*/parameters.json"))
        return self.random.choice(found)


def flip_a_bit(by: Tamperer) -> None:
    path = by.a_file()
    content = bytearray(path.read_bytes())
    content[by.random.randrange(len(content))] ^= 1 << by.random.randrange(8)
    by.write(path, bytes(content))


def cut_a_file(by: Tamperer) -> None:
    path = by.a_file()
    by.write(path, path.read_bytes()[: by.random.randrange(path.stat().st_size)])


def delete_a_file(by: Tamperer) -> None:
    by.a_file().unlink()


def add_a_file(by: Tamperer) -> None:
    folders = sorted({path.parent for path in by.files()})
    (by.random.choice(folders) / "note.txt").write_text("harmless")


def add_a_folder(by: Tamperer) -> None:
    (by.a_run() / "model" / "empty").mkdir(parents=True)


def rename_a_file(by: Tamperer) -> None:
    path = by.a_file()
    path.rename(path.with_name(f"{path.stem}-old{path.suffix}"))


def link_a_file(by: Tamperer) -> None:
    path = by.a_file()
    away = by.root.with_name("away")
    path.rename(away)
    path.symlink_to(away)


def swap_two_files(by: Tamperer) -> None:
    first, second = by.random.sample(by.files(), 2)
    while first.read_bytes() == second.read_bytes():
        first, second = by.random.sample(by.files(), 2)
    content = first.read_bytes()
    by.write(first, second.read_bytes())
    by.write(second, content)


def delete_a_run(by: Tamperer) -> None:
    shutil.rmtree(by.a_run())


def unpublish_a_run(by: Tamperer) -> None:
    run = by.a_run()
    (run / MANIFEST).unlink()
    (run / SIGNATURE).unlink()


def rename_a_run(by: Tamperer) -> None:
    run = by.a_run()
    run.rename(run.with_name("20200101T000000Z-00000000"))


def copy_a_run(by: Tamperer) -> None:
    run = by.a_run()
    shutil.copytree(run, run.with_name("20200101T000000Z-00000000"))


def rewrite_a_run(by: Tamperer) -> None:
    """Change a file, and put its new digest into the manifest."""
    path = by.a_run() / "data" / "rows.txt"
    by.write(path, b"better rows")
    write_manifest(Run.open(path.parents[1]))


def rewrite_and_sign(by: Tamperer) -> None:
    """Do the same, and sign it with a key that nobody trusts."""
    rewrite_a_run(by)
    own = _own_ledger(by)
    for path in by.root.glob(f"*/*/{MANIFEST}"):
        own.enter(EntryKind.RUN, path)


def sign_all_anew(by: Tamperer) -> None:
    """Make the whole ledger again with another key."""
    shutil.rmtree(by.root / SIGNED_LEDGER)
    rewrite_and_sign(by)


def cut_the_end(by: Tamperer) -> None:
    """Remove the last entries, and the files for which they vouch."""
    n_cut = by.random.randrange(1, 5)
    for path in entry_paths(by.root)[-n_cut:]:
        path.unlink()
    for path in by.root.glob("*/promotions/*.json"):
        path.unlink()


def forge_a_removal(by: Tamperer) -> None:
    """Make a run look as if housekeeping had removed it."""
    run = by.a_run()
    known = min(run.parent.glob("removals/*.json"))
    record = json.loads(known.read_text())
    record |= {"run_id": run.name, "manifest_sha256": sha256_of(run / MANIFEST), "kept": []}
    by.write_record(known.parent / f"{run.name}.json", record)
    shutil.rmtree(run)


def forge_a_promotion(by: Tamperer) -> None:
    known = min(by.root.glob("*/promotions/*.json"))
    record = json.loads(known.read_text()) | {"actor": "the board"}
    name = f"{known.stem[:-8]}{by.random.randrange(16**8):08x}.json"
    by.write_record(known.with_name(name), record)


def change_a_promotion(by: Tamperer) -> None:
    path = by.random.choice(sorted(by.root.glob("*/promotions/*.json")))
    by.write_record(path, json.loads(path.read_text()) | {"reason": "as agreed"})


def forge_an_approval(by: Tamperer) -> None:
    known = min(by.root.glob("*/reviews/*.json"))
    record = json.loads(known.read_text()) | {"actor": "the board", "kind": "approval"}
    name = f"{known.stem[:-8]}{by.random.randrange(16**8):08x}.json"
    by.write_record(known.with_name(name), record)


def drop_a_finding(by: Tamperer) -> None:
    """Remove an entry of a review, and the entry of the ledger that vouches for it."""
    path = by.random.choice(sorted(by.root.glob("*/reviews/*.json")))
    token = token_of(path.relative_to(by.root).as_posix())
    path.unlink()
    for entry in entry_paths(by.root):
        if entry.stem.endswith(token):
            entry.unlink()


def bring_back_an_older_version(by: Tamperer) -> None:
    """Put a run back as it was first published, signed as it then was."""
    older = by.root.with_name("older")
    for path in sorted(older.rglob("*")):
        if path.is_file():
            by.write(by.root / path.relative_to(older), path.read_bytes())


def _own_ledger(by: Tamperer) -> SignedLedger:
    trust = TrustStore(by.root.with_name("thief") / "trusted.json")
    return SignedLedger(by.root, key_of(2), trust)


Attack = Callable[[Tamperer], None]

CHANGES: tuple[Attack, ...] = (
    flip_a_bit,
    cut_a_file,
    delete_a_file,
    add_a_file,
    add_a_folder,
    rename_a_file,
    link_a_file,
    swap_two_files,
    delete_a_run,
)
"""What the one does who changes files."""
REWRITES: tuple[Attack, ...] = (
    unpublish_a_run,
    rename_a_run,
    copy_a_run,
    rewrite_a_run,
    rewrite_and_sign,
    sign_all_anew,
    cut_the_end,
    forge_a_removal,
    forge_a_promotion,
    change_a_promotion,
    forge_an_approval,
    drop_a_finding,
    bring_back_an_older_version,
)
"""What the one does who may write everything below the runs folder."""
