"""Honest people who move money as launderers do: the reason why most alerts are false."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertmill.simulator import motifs, own_wallets
from alertmill.simulator.acts import Act
from alertmill.simulator.scene import Scene
from alertmill.simulator.stage import DAY_MS, HOUR_MS, Payments, generator, join

_INSTALMENT_LIMITS = (0.45, 0.4, 0.15)
"""Rents and instalments lie under the lower limits more often than under the highest."""
_SAVED_SHARE = 0.5
"""Of those who are paid under a limit or by a processor, and take it to an exchange."""


def act_out(scene: Scene) -> list[Payments]:
    """Play every look-alike as often as the size of the population asks for."""
    clock, batches = scene.clock, []
    for kind, play in _ACTS.items():
        for place in range(scene.parameters.scaled(getattr(scene.parameters.lookalikes, kind))):
            rng = generator(scene.parameters, kind, place)
            start = int(rng.uniform(clock.live, clock.end - 2 * DAY_MS))
            batches.append(play(Act(rng, scene, start, f"{kind}-{place}")))
    return batches


def _collector(act: Act) -> Payments:
    """Collect invoices or a crowd fund, and take it to the exchange."""
    centre, usd, days = act.payer(), act.usd(3_300), act.rng.uniform(1, 8)
    gathered = motifs.fan_in(act.rng, act.people(6, 34), centre, act.start, days, usd)
    due = act.start + int((days + act.rng.uniform(0, 2)) * DAY_MS)
    return join([gathered, act.cash_out(centre, usd * act.rng.uniform(0.5, 0.98), due)])


def _broker(act: Act) -> Payments:
    """Trade for others: in and out within hours, again and again."""
    clients = act.people(2, 11)
    usd = act.rng.lognormal(np.log(1_500), 0.8, len(clients))
    return motifs.in_and_out(
        act.rng, clients, (act.payer(), act.wallet()), act.start, hours=2.5, usd=usd
    )


def _processor(act: Act) -> Payments:
    """Process payments for others: gather from some, pay out to others."""
    centre, usd = act.payer(), act.usd(7_000)
    after = act.start + int(act.rng.uniform(1.5, 4) * DAY_MS)
    left = usd * act.rng.uniform(0.85, 0.99)
    gathered = motifs.fan_in(act.rng, act.people(5, 13), centre, act.start, 2, usd)
    paid = motifs.fan_out(act.rng, centre, act.people(5, 13), after, 40, left)
    return join([gathered, paid, act.some_cash_out(paid, _SAVED_SHARE)])


def _payer_under_limit(act: Act) -> Payments:
    """Pay rents and instalments that happen to lie just under a limit."""
    payer, payees = act.payer(), act.rng.choice(act.people(1, 4), act.number(5, 20))
    days = act.rng.uniform(4, 15)
    limit = act.rng.choice(motifs.THRESHOLDS_USD, p=_INSTALMENT_LIMITS)
    usd = 0.82 * limit, 0.995 * limit
    paid = motifs.just_under(act.rng, payer, payees, act.start, days=days, usd=usd)
    saved = [
        act.cash_out(int(who), 0.95 * float(paid.usd[payees == who].sum()), int(paid.ts.max()))
        for who in np.unique(payees)
        if act.rng.random() < _SAVED_SHARE
    ]
    return join([act.fund(payer, float(paid.usd.sum()) * 1.02), paid, *saved])


def _split_purchase(act: Act) -> Payments:
    """Buy for a treasury through several desks, which deliver to one wallet."""
    source, sink = act.payer(), act.payer()
    desks = np.concatenate([act.people(2, 5), act.own(2, 6)])
    usd = act.usd(5_000)
    relayed = motifs.relay(act.rng, (source, desks, sink), act.start, hours=20, usd=usd)
    funded = act.fund(source, usd * 1.02)
    return join([funded, relayed, act.cash_out(sink, usd * 0.9, int(relayed.ts.max()))])


def _group_treasury(act: Act) -> Payments:
    """Hand a budget down to subsidiaries, whose suppliers are the same."""
    parent, subsidiaries, usd = act.payer(), act.own(2, 4), act.usd(5_500)
    spread = motifs.fan_out(act.rng, parent, subsidiaries, act.start, 20, usd)
    suppliers = act.rng.choice(act.scene.services.suppliers, 3)
    spent = [
        motifs.fan_out(act.rng, member, suppliers, ts + 4 * HOUR_MS, 30, part * 0.98)
        for ts, _, member, part in spread.rows()
    ]
    return join([act.fund(parent, usd * 1.05), spread, *spent])


def _loop(act: Act) -> Payments:
    """Lend in a circle of friends, once or twice around."""
    friends, usd = act.people(3, 6), act.usd(3_300)
    members = np.concatenate([np.tile(friends, act.number(1, 2)), friends[:1]])
    lent = motifs.chain(act.rng, members, act.start, hop_hours=12, keep=(0.9, 0.999), usd=usd)
    return join([act.fund(int(members[0]), usd * act.rng.uniform(1, 1.2)), lent])


def _airdrop(act: Act) -> Payments:
    """Return a little to many at once."""
    sender, usd = int(act.own(1)[0]), act.usd(2_200)
    spread = motifs.fan_out(act.rng, sender, act.people(20, 150), act.start, 8, usd * 0.99)
    return join([act.fund(sender, usd), spread])


_ACTS: dict[str, Callable[[Act], Payments]] = {
    "collector": _collector,
    "consolidation": own_wallets.consolidation,
    "broker": _broker,
    "processor": _processor,
    "privacy": own_wallets.privacy,
    "payer_under_limit": _payer_under_limit,
    "migration": own_wallets.migration,
    "change_wallet": own_wallets.change_wallet,
    "split_purchase": _split_purchase,
    "group_treasury": _group_treasury,
    "loop": _loop,
    "airdrop": _airdrop,
    "traveller": own_wallets.traveller,
    "whale": own_wallets.whale,
    "dormant_holder": own_wallets.dormant_holder,
}
"""By the knob that says how often it happens."""
