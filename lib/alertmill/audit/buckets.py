"""Heads of the ledger in a bucket of the operator's: an object each, never overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alertmill.audit.heads import KnownHead, LedgerHead
from alertmill.errors import HeadPlaceError

if TYPE_CHECKING:
    from upath import UPath

_NAME = re.compile(r"(?P<number>\d{8,})-(?P<sha256>[0-9a-f]{64})\.txt")


class HeadBucket:
    """A folder of a bucket (S3), with one object for each head.

    Whoever may write the runs folder need not be able to change what is there: where the bucket
    keeps versions, or locks its objects, not even these credentials are.

    Parameters
    ----------
    url : str
        As in ``s3://bucket/folder``; endpoint and credentials come from the environment.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def keep(self, head: LedgerHead) -> None:
        """Write the object of a head; the same head again gives the same object.

        Raises
        ------
        HeadPlaceError
            If the bucket does not take it.
        """
        with self._reached() as folder:
            (folder / f"{head.number:08d}-{head.sha256}.txt").write_text(f"{head.text}\n")

    def heads(self) -> list[KnownHead]:
        """Return the heads that were kept, by number.

        Raises
        ------
        HeadPlaceError
            If the bucket does not answer.
        """
        with self._reached() as folder:
            folder.fs.info(folder.path.partition("/")[0])  # without the bucket there is no answer
            names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        found = (_NAME.fullmatch(name) for name in names)
        return [
            KnownHead(LedgerHead(number=int(name["number"]), sha256=name["sha256"]), self.url)
            for name in found
            if name is not None
        ]

    @contextmanager
    def _reached(self) -> Iterator[UPath]:
        try:
            from botocore.exceptions import BotoCoreError
            from upath import UPath

            # A cached listing would hide what another process has written since.
            folder = UPath(self.url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise HeadPlaceError.unreachable(self.url, error) from None
        try:
            yield folder
        except (OSError, BotoCoreError) as error:
            raise HeadPlaceError.unreachable(self.url, error) from None
