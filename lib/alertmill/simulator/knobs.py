"""What can be turned in a simulated world, by actor; the defaults are calibrated.

Amounts are US dollars, shares lie between 0 and 1, pairs are a least and a most, both inclusive.
"""

from __future__ import annotations

from pydantic import Field

from alertmill.frozen_model import FrozenModel

Span = tuple[int, int]


class Section(FrozenModel):
    """Knobs that belong together."""


class RetailKnobs(Section):
    """Ordinary people."""

    payments_per_day: float = Field(0.45, description="Mean over people.")
    rate_shape: float = Field(0.6, description="Gamma shape of the rates of people.")
    median_usd: float = Field(115, description="Median over people of what they usually pay.")
    median_sigma: float = Field(1.05, description="Lognormal spread of that over people.")
    usd_sigma: float = Field(0.9, description="Lognormal spread of one person's payments.")
    jump_share: float = Field(0.02, description="Payments far above a person's habit (Pareto).")
    merchant_share: float = Field(0.45, description="Payments to merchants.")
    friend_share: float = Field(0.23, description="Payments to friends.")
    deposit_share: float = Field(0.12, description="Payments into an exchange.")
    contract_share: float = Field(0.12, description="Payments into contracts and bridges.")
    withdrawal_share: float = Field(0.08, description="Withdrawals from an exchange.")
    merchant_zipf: float = Field(0.9, description="How much merchants differ in popularity.")
    passed_on_share: float = Field(1 / 3, description="Withdrawals paid on within hours.")
    joining_share: float = Field(0.35, description="People who come within the range.")
    leaving_share: float = Field(0.2, description="People who leave within the range.")
    history_activity: float = Field(0.12, description="Activity before the first window.")
    peak_hour: float = Field(15, description="Hour of the day, UTC, around which people act.")
    hour_sigma: float = Field(4.5, description="Spread of the hour.")


class ServiceKnobs(Section):
    """Exchanges, shops, contracts, mixers and payers."""

    exchange_shares: tuple[float, ...] = Field(
        (0.28, 0.27, 0.26, 0.19), description="Customers of each exchange; the last one closes."
    )
    merchants_per_1000: float = Field(13, description="By 1,000 retail.")
    suppliers_per_1000: float = Field(10, description="By 1,000 retail.")
    payrolls_per_1000: float = Field(4, description="Employers by 1,000 retail.")
    contracts: int = Field(4, description="DeFi contracts.")
    bridges: int = Field(2, description="Bridges.")
    mixers: int = Field(2, description="Mixers.")
    forwarding_hours: float = Field(2, description="From a deposit address to the hot wallet.")
    sweeping_share: float = Field(0.6, description="Days on which merchants and suppliers pay out.")
    cashed_share: float = Field(0.3, description="Payouts of merchants that go to an exchange.")
    returned_share: float = Field(0.8, description="Deposits that a contract gives back.")
    returned_hours: float = Field(30, description="Mean time until then.")
    returned_sigma: float = Field(0.08, description="Gain or loss until then.")
    mixer_hours: float = Field(40, description="Mean time that a note stays in a mixer.")
    mixer_visits_per_day: float = Field(
        2, description="Ordinary people who put the smallest note into one mixer."
    )
    miner_usd: float = Field(60, description="Median daily reward of a miner.")
    salary_usd: float = Field(1_100, description="Median fortnightly salary.")
    staff: Span = Field((10, 150), description="Recipients of a pool or an employer.")


class TradingKnobs(Section):
    """Market makers and bots: few addresses, very many transfers."""

    market_makers_per_1000: float = Field(1, description="By 1,000 retail.")
    loop_members: Span = Field((3, 5), description="Addresses of a market maker's loop.")
    loop_rounds: Span = Field((200, 400), description="Transfers of each pair of a loop.")
    loop_usd: float = Field(150, description="Median transfer in a loop.")
    bot_transfers: int = Field(0, ge=0, description="Transfers of all bots together.")
    transfers_a_bot: int = Field(8_000, ge=1, description="Of which a bot makes about so many.")
    bot_pairs: Span = Field((5, 15), description="Contracts and market makers a bot trades with.")
    bot_usd: float = Field(40, description="Median transfer of a bot.")


class LookalikeKnobs(Section):
    """Honest people who move money as launderers do, per 60 days and 6,000 retail."""

    new_wallet_share: float = Field(0.55, description="Played from a wallet for the purpose.")
    usd_sigma: float = Field(1.1, description="Lognormal spread of the money of one.")
    collector: float = Field(140, description="Invoices and crowd funds; as fan-in.")
    consolidation: float = Field(160, description="Own wallets brought together; as fan-in.")
    broker: float = Field(80, description="OTC trade, in and out within hours; as velocity.")
    processor: float = Field(40, description="Payment processors; as gather-scatter.")
    privacy: float = Field(90, description="Users of mixers; as mixer use.")
    payer_under_limit: float = Field(70, description="Instalments under a limit; as structuring.")
    migration: float = Field(60, description="Wallet after wallet; as layering.")
    change_wallet: float = Field(35, description="Spending with change wallets; as peel chain.")
    split_purchase: float = Field(45, description="OTC desk and treasuries; as scatter-gather.")
    group_treasury: float = Field(25, description="Firms and subsidiaries; as stack, bipartite.")
    loop: float = Field(40, description="Lending circles; as cycle.")
    airdrop: float = Field(25, description="A little for many; as fan-out.")
    traveller: float = Field(30, description="Own wallets over bridges; as the late typology.")
    whale: float = Field(60, description="Rare and large; as velocity and fan-out.")
    dormant_holder: float = Field(40, description="Wakes after months; as dormant.")


class SchemeKnobs(Section):
    """Planted laundering: shares are of the schemes, in proportion to each other."""

    structuring: float = Field(13, description="Share of structuring.")
    fan_in: float = Field(11, description="Share of fan-in.")
    fan_out: float = Field(8, description="Share of fan-out.")
    gather_scatter: float = Field(9, description="Share of gather-scatter.")
    scatter_gather: float = Field(9, description="Share of scatter-gather.")
    bipartite: float = Field(2, description="Share of bipartite.")
    stack: float = Field(2, description="Share of stacks.")
    peel_chain: float = Field(10, description="Share of peel chains.")
    layering: float = Field(10, description="Share of layering.")
    cycle: float = Field(6, description="Share of cycles.")
    mixer: float = Field(7, description="Share of mixer use.")
    velocity: float = Field(9, description="Share of in-and-out.")
    dormant: float = Field(4, description="Share of woken addresses.")
    total_usd: float = Field(17_000, description="Median money of a scheme.")
    total_sigma: float = Field(0.7, description="Lognormal spread of that.")
    peel_usd: float = Field(17_000, description="Median money of a peel chain.")
    payments_under_limit: Span = Field((6, 22), description="Of a structuring scheme.")
    under_limit: tuple[float, float] = Field((0.82, 0.995), description="Of the limit, paid.")
    lending_share: float = Field(0.95, description="People who lend their accounts: the quieter.")
    fan_in_sources: Span = Field((6, 35), description="Of which a quarter are members.")
    fan_in_share: float = Field(0.7, description="Of the money of a fan-in, from its members.")
    fan_out_targets: Span = Field((8, 40), description="Of which a quarter are members.")
    fan_out_share: float = Field(0.85, description="Of the money of a fan-out, to its members.")
    gathered_from: Span = Field((5, 15), description="Payers of a gather-scatter hub.")
    scattered_to: Span = Field((5, 15), description="Recipients of a hub; a third are members.")
    scattered_share: float = Field(0.7, description="Of the money of a hub, to its members.")
    mules: Span = Field((4, 11), description="Between the source and the sink.")
    mule_hours: float = Field(22, description="Mean time until a mule passes the money on.")
    peel_hops: Span = Field((4, 13), description="Fresh addresses of a peel chain.")
    peel_hours: float = Field(9, description="Mean time of a hop.")
    peeled: tuple[float, float] = Field((0.03, 0.18), description="Share peeled at every hop.")
    layers: Span = Field((3, 7), description="Hops of layering.")
    layering_hours: float = Field(8, description="Mean time of a hop.")
    layering_keep: tuple[float, float] = Field((0.95, 0.999), description="Kept at every hop.")
    cycle_members: Span = Field((3, 6), description="Addresses of a cycle.")
    cycle_rounds: Span = Field((1, 2), description="How often the money goes round.")
    mixer_notes: Span = Field((2, 9), description="Notes put into a mixer.")
    velocity_passes: Span = Field((2, 8), description="In-and-outs.")
    velocity_hours: float = Field(2.5, description="Mean time between in and out.")
    dormant_targets: Span = Field((2, 6), description="Cash-outs of a woken address.")
    hops: Span = Field((3, 6), description="Own addresses on a way over bridges and contracts.")
    entry_share: float = Field(0.5, description="Money from exchanges, the rest from victims.")
    exit_share: float = Field(0.6, description="Money out through a fresh deposit address.")


class DriftKnobs(Section):
    """What changes on the way."""

    late_from: float = Field(0.65, description="Share of the range after which schemes turn late.")
    late_share: float = Field(0.25, description="Later schemes that hop over bridges.")
    price_usd: float = Field(2_300, description="First price of the native asset.")
    price_volatility: float = Field(0.03, description="Daily standard deviation of its logarithm.")
    price_step: float = Field(-0.3, description="One sudden change of the price.")
    weekly_growth: float = Field(0.005, description="Growth of retail activity.")
    weekend: float = Field(0.75, description="Activity on Saturdays and Sundays.")
    payday: float = Field(1.25, description="Activity on three days from the 1st and the 15th.")
    exchange_closes_at: float = Field(0.7, description="Share of the range.")


class LabelKnobs(Section):
    """How labels come about; what depends on the difficulty stands there."""

    trust_shares: dict[str, float] = Field(
        {"official": 0.15, "verified": 0.35, "community": 0.35, "unverified": 0.15},
        description="Sources by trust.",
    )
    known_business_share: float = Field(
        0.2, description="Shops, suppliers and employers known from the start."
    )
    delay_sigma: float = Field(1.0, description="Lognormal spread of the delay.")
    together_share: float = Field(
        0.8, description="Members who become known when their scheme does, not by themselves."
    )
    takedown_share: float = Field(0.1, description="Labels published in a batch.")
    takedowns: int = Field(6, description="Such batches in the range.")
    reviewed_share: float = Field(0.75, description="People reviewed once they stand out.")
    random_stratum: float = Field(0.03, description="Honest addresses reviewed otherwise.")
    notable_usd: float = Field(500, description="Moved within a week, from which one stands out.")
