"""The one price at which all transfers are valued that come without any."""

from __future__ import annotations

import math

from alertmill.errors import ConfigurationError


def check_constant_price(price_usd: float | None) -> None:
    """Refuse a price at which nothing would be worth anything.

    Raises
    ------
    ConfigurationError
        If there is one and it is not a number above 0.
    """
    if price_usd is not None and not 0 < price_usd < math.inf:
        raise ConfigurationError(
            f"the constant price is {price_usd:g} USD; expected a number above 0, because "
            "transfers without a value are in no snapshot. Correct --constant-price-usd."
        )
