"""Features of exposure: flows with OTHER addresses whose label was known before the window's end.

The address's own label enters none of them. A larger share of risky money must never lower a score:
nobody could explain that to an investigator. For amounts this does not hold, because an exchange
that serves everybody meets a lot of it.
"""

from __future__ import annotations

import polars as pl

from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import Declare, Level

_exposure = Declare(FeatureGroup.EXPOSURE, Level.ADDRESS, reads_labels_of_others=True)
_KINDS = {
    "exchange": "exchanges",
    "mixer": "mixers",
    "bridge": "bridges",
    "defi": "decentralised finance",
}

FEATURES = (
    _exposure(
        "exposure_in_1hop_usd", "Value received from addresses known to be risky.", unit="USD"
    ),
    _exposure("exposure_out_1hop_usd", "Value sent to addresses known to be risky.", unit="USD"),
    _exposure(
        "exposure_in_1hop_share",
        "Share of the value received that came from addresses known to be risky.",
        unit="of 1",
        monotone=1,
    ),
    _exposure(
        "exposure_out_1hop_share",
        "Share of the value sent that went to addresses known to be risky.",
        unit="of 1",
        monotone=1,
    ),
    _exposure(
        "exposure_1hop_usd",
        "Value exchanged with addresses known to be risky.",
        unit="USD",
        formula=pl.col("exposure_in_1hop_usd") + pl.col("exposure_out_1hop_usd"),
    ),
    _exposure(
        "exposure_2hop_share",
        "Share of its value that leads over one more address to one known to be risky.",
        unit="of 1",
        monotone=1,
    ),
    _exposure(
        "exposure_in_2hop_share",
        "Share of the value received that came from addresses known to be risky, over one more.",
        unit="of 1",
        monotone=1,
    ),
    _exposure(
        "exposure_out_2hop_share",
        "Share of the value sent that went to addresses known to be risky, over one more.",
        unit="of 1",
        monotone=1,
    ),
    *(
        _exposure(f"{kind}_{direction}_share", f"Share of the value {verb} {words}.", unit="of 1")
        for kind, words in _KINDS.items()
        for direction, verb in (("in", "received that came from"), ("out", "sent that went to"))
    ),
)
