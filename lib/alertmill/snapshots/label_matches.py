"""How many labels are of an address that occurs in the data: few of them is a sign of a mistake."""

from __future__ import annotations

from dataclasses import dataclass

from alertmill.storage import Client, fetch
from alertmill.vocabulary import Network
from alertmill.wording import percent, plural

LEAST_SHARE = 0.01
"""Share of labelled addresses that occur; below it something is probably wrong."""

_TRANSFERS = """
    SELECT uniqExact(address) FROM (
        SELECT arrayJoin([from_address, to_address]) AS address FROM transfers
        WHERE from_address IN labelled OR to_address IN labelled
    ) WHERE address IN labelled
"""
_FEATURES = "SELECT uniqExact(address) FROM raw_features WHERE address IN labelled"
_COUNTED = """
    WITH labelled AS (SELECT address FROM raw_address_labels WHERE network = {network:String})
    SELECT (SELECT uniqExact(address) FROM labelled) AS n_labelled, (%s) AS n_matched
"""


@dataclass(frozen=True)
class LabelMatch:
    """Labelled addresses of a network, and those of them that occur in its data."""

    n_labelled: int
    n_matched: int
    among: str
    """Where they were looked for: the transfers, or the features of a network without any."""

    @property
    def is_low(self) -> bool:
        """Return True if so few match that something is probably wrong."""
        return self.n_matched < LEAST_SHARE * self.n_labelled

    def __str__(self) -> str:
        """Return a sentence on the match."""
        if self.n_labelled == 0:
            return "No address is labelled."
        addresses = plural(self.n_labelled, "labelled address")
        share = f" ({percent(self.n_matched / self.n_labelled)})" if self.n_labelled else ""
        occur = "occurs" if self.n_labelled == 1 else "occur"
        text = (
            f"{self.n_matched:,} of {self.n_labelled:,} {addresses}{share} {occur} in the "
            f"{self.among}"
        )
        if not self.is_low:
            return f"{text}."
        return (
            f"warning: only {text}, less than {percent(LEAST_SHARE, 0)}; the labels may be of "
            "another network, of another time, or spell addresses in another way."
        )


def fetch_label_match(client: Client, network: Network) -> LabelMatch:
    """Count the labelled addresses that occur in the transfers, or else in the features."""
    has_transfers = bool(fetch(client, "SELECT count() > 0 AS has FROM transfers")["has"][0])
    among, query = ("transfers", _TRANSFERS) if has_transfers else ("features", _FEATURES)
    counted = fetch(client, _COUNTED % query, {"network": network})
    return LabelMatch(int(counted["n_labelled"][0]), int(counted["n_matched"][0]), among)
