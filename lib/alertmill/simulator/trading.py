"""Market makers and bots: few addresses, hundreds of transfers a pair."""

from __future__ import annotations

import numpy as np

from alertmill.simulator.scene import Scene
from alertmill.simulator.stage import HOUR_MS, Ids, Payments, generator

_LOOP_HOURS = 5
"""From the first to the last transfer of a round."""


def trade(scene: Scene) -> list[Payments]:
    """Let market makers send money round, and bots trade with them and with contracts."""
    makers = _market_makers(scene)
    rounds = [_go_round(scene, place, loop) for place, loop in enumerate(makers)]
    partners = np.concatenate([*(loop[:1] for loop in makers), scene.services.contracts])
    return [*rounds, *_bots(scene, partners)]


def _market_makers(scene: Scene) -> list[Ids]:
    knobs = scene.parameters.trading
    loops = []
    for place in range(scene.parameters.per_thousand(knobs.market_makers_per_1000)):
        rng = generator(scene.parameters, "market_maker", place)
        n = int(rng.integers(*knobs.loop_members, endpoint=True))
        loops.append(scene.book.new(f"market_maker-{place}", n))
    return loops


def _go_round(scene: Scene, place: int, loop: Ids) -> Payments:
    knobs, clock = scene.parameters.trading, scene.clock
    rng = generator(scene.parameters, "market_maker_rounds", place)
    n = int(rng.integers(*knobs.loop_rounds, endpoint=True))
    starts = rng.integers(clock.live, clock.end, (n, 1))
    waits = np.sort(rng.random((n, len(loop))), axis=1) * _LOOP_HOURS * HOUR_MS
    usd = rng.lognormal(np.log(knobs.loop_usd), 0.8, (n, 1)) * rng.uniform(0.9, 1.1, waits.shape)
    ts = (starts + waits.astype(np.int64)).ravel()
    return Payments(ts, np.tile(loop, n), np.tile(np.roll(loop, -1), n), usd.ravel())


def _bots(scene: Scene, partners: Ids) -> list[Payments]:
    """Every bot buys from and sells to a few partners, day and night."""
    knobs, clock = scene.parameters.trading, scene.clock
    n_bots = -(-knobs.bot_transfers // knobs.transfers_a_bot)
    batches = []
    for place, bot in enumerate(scene.book.new("bot", n_bots)):
        rng = generator(scene.parameters, "bot", place)
        n = knobs.bot_transfers // n_bots
        n_pairs = min(len(partners), int(rng.integers(*knobs.bot_pairs, endpoint=True)))
        own = rng.choice(partners, n_pairs, replace=False)
        partner, bots = rng.choice(own, n), np.full(n, bot)
        buys = rng.integers(2, size=n, dtype=bool)
        ts = rng.integers(clock.live, clock.end, n)
        usd = rng.lognormal(np.log(knobs.bot_usd), 0.8, n)
        sender, recipient = np.where(buys, bots, partner), np.where(buys, partner, bots)
        batches.append(Payments(ts, sender, recipient, usd))
    return batches
