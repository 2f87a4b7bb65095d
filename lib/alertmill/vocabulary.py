"""The names and enumerations of the risk data: networks, typologies, severities, label levels."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

NETWORK_NAME = r"[a-z][a-z0-9_]{0,47}"


class Network(str):
    """Name of a network: a blockchain, or another ledger such as that of a bank.

    It names a database and a folder, so it holds lower-case letters, digits and underscores only.
    Which networks an installation knows is a setting, see `alertmill.networks`.

    Raises
    ------
    ValueError
        If the text cannot name a network.
    """

    __slots__ = ()

    BITCOIN: ClassVar[Network]
    BITCOIN_TESTNET: ClassVar[Network]
    BITTENSOR: ClassVar[Network]
    BITTENSOR_EVM: ClassVar[Network]
    BITTENSOR_TESTNET: ClassVar[Network]
    ETHEREUM: ClassVar[Network]
    ETHEREUM_TESTNET: ClassVar[Network]
    POLKADOT: ClassVar[Network]
    POLKADOT_EVM: ClassVar[Network]
    POLKADOT_TESTNET: ClassVar[Network]
    TORUS: ClassVar[Network]
    TORUS_EVM: ClassVar[Network]
    TORUS_TESTNET: ClassVar[Network]

    def __new__(cls, name: str) -> Self:
        """Check the name."""
        if not re.fullmatch(NETWORK_NAME, name):
            raise ValueError(
                f"{name[:60]!r} is no name of a network; expected up to 48 lower-case letters, "
                "digits and underscores, a letter first."
            )
        return super().__new__(cls, name)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return a schema that takes any name; `alertmill.networks` has one of those known."""
        return no_info_after_validator_function(cls, handler.generate_schema(str))


for _constant in Network.__annotations__:
    setattr(Network, _constant, Network(_constant.lower()))


class AddressKind(StrEnum):
    """How the addresses of a network are written, and so how they are compared."""

    EVM = "evm"
    """0x and 40 hexadecimal digits, whose case is only a checksum (EIP-55)."""
    BITCOIN = "bitcoin"
    """base58check, or bech32 (BIP-173, BIP-350), whose case is no part of the address."""
    TRON = "tron"
    """base58check that begins with T."""
    SS58 = "ss58"
    """base58 with the checksum of Substrate chains."""
    SOLANA = "solana"
    """base58 of 32 bytes, without a checksum."""
    OPAQUE = "opaque"
    """Any text, such as the number of an account; compared letter by letter."""


class ModelType(StrEnum):
    """What a model is trained for."""

    ALERT_SCORER = "alert_scorer"
    """The probability that an alert is a true one."""
    ALERT_RANKER = "alert_ranker"
    """The order in which the alerts of a day are reviewed."""
    CLUSTER_SCORER = "cluster_scorer"
    """The probability that a cluster holds an address that is a true one."""


class CheckCode(StrEnum):
    """Codes of the coded checks; docs/checks.md describes each."""

    AM001 = "AM001"
    AM002 = "AM002"
    AM003 = "AM003"
    AM004 = "AM004"
    AM005 = "AM005"
    AM006 = "AM006"
    AM007 = "AM007"
    AM008 = "AM008"
    AM009 = "AM009"
    AM010 = "AM010"
    AM011 = "AM011"
    AM012 = "AM012"
    AM013 = "AM013"
    AM014 = "AM014"
    AM015 = "AM015"
    AM016 = "AM016"
    AM017 = "AM017"
    AM018 = "AM018"


class Typology(StrEnum):
    """Laundering schemes and red flags that an alert can name."""

    CYCLE_DETECTION = "CYCLE_DETECTION"
    DORMANT_ACTIVATION = "DORMANT_ACTIVATION"
    FRESH_TO_EXCHANGE = "FRESH_TO_EXCHANGE"
    GATHER_SCATTER = "GATHER_SCATTER"
    HUB_ANOMALY = "HUB_ANOMALY"
    INTRADAY_STRUCTURING = "INTRADAY_STRUCTURING"
    LAYERING_PATH = "LAYERING_PATH"
    MIXING_BEHAVIOR = "MIXING_BEHAVIOR"
    MOTIF_FANIN = "MOTIF_FANIN"
    MOTIF_FANOUT = "MOTIF_FANOUT"
    PEEL_CHAIN = "PEEL_CHAIN"
    PING_PONG = "PING_PONG"
    PROXIMITY_RISK = "PROXIMITY_RISK"
    RAPID_FANOUT = "RAPID_FANOUT"
    SCATTER_GATHER = "SCATTER_GATHER"
    SMURFING_NETWORK = "SMURFING_NETWORK"
    STRUCTURING = "STRUCTURING"
    TEMPORAL_BURST = "TEMPORAL_BURST"
    TIME_BASED_PATTERN = "TIME_BASED_PATTERN"
    VELOCITY_ANOMALY = "VELOCITY_ANOMALY"


class PatternType(StrEnum):
    """Structures in the graph of transfers that an alert can rest on."""

    CYCLE = "cycle"
    DORMANT_ACTIVATION = "dormant_activation"
    LAYERING_PATH = "layering_path"
    MOTIF_FANIN = "motif_fanin"
    MOTIF_FANOUT = "motif_fanout"
    NESTED_SERVICES = "nested_services"
    PROXIMITY_RISK = "proximity_risk"
    RUG_PULL = "rug_pull"
    SMURFING_NETWORK = "smurfing_network"
    SYBIL_NETWORK = "sybil_network"
    TEMPORAL_BURST = "temporal_burst"
    THRESHOLD_EVASION = "threshold_evasion"
    WASH_TRADING = "wash_trading"


class RiskIndicator(StrEnum):
    """Red flags of an address that our alerts list; those of other systems may have other names."""

    NEAR_THRESHOLD_AMOUNTS = "near_threshold_amounts"
    PASSES_MONEY_THROUGH = "passes_money_through"
    SHORT_HOLDING_TIME = "short_holding_time"
    NEW_ADDRESS = "new_address"
    WOKEN_FROM_DORMANCY = "woken_from_dormancy"
    ROUND_AMOUNTS = "round_amounts"
    REPEATED_AMOUNTS = "repeated_amounts"
    NIGHT_ACTIVITY = "night_activity"
    FLOWS_WITH_MIXER = "flows_with_mixer"
    FLOWS_NEAR_RISKY_ADDRESS = "flows_near_risky_address"
    ONE_RECIPIENT_TAKES_MOST = "one_recipient_takes_most"


class ClusterType(StrEnum):
    """Why alerts belong together."""

    SAME_ENTITY = "same_entity"
    SAME_PATTERN = "same_pattern"
    RELATED_NETWORK = "related_network"
    TIME_BASED = "time_based"


class Severity(StrEnum):
    """How urgent an alert is; the order of the members is the order of urgency."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class RiskLevel(StrEnum):
    """What a label says of an address; the order of the members is the order of risk."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class AddressType(StrEnum):
    """What a label says an address is."""

    AGENT = "agent"
    BRIDGE = "bridge"
    DARK_MARKET = "dark_market"
    DEFI = "defi"
    DEX = "dex"
    EXCHANGE = "exchange"
    GAMBLING = "gambling"
    INSTITUTIONAL = "institutional"
    LENDING = "lending"
    MERCHANT = "merchant"
    MINER = "miner"
    MIXER = "mixer"
    NEURON = "neuron"
    SANCTIONED = "sanctioned"
    SCAM = "scam"
    STAKING = "staking"
    SUBNET = "subnet"
    UNKNOWN = "unknown"
    VALIDATOR = "validator"
    WALLET = "wallet"


class KnownAtSource(StrEnum):
    """How it is known when a label became known."""

    UPSTREAM = "upstream"
    FIRST_DELIVERY = "first_delivery"
    ASSUMED = "assumed"


class ReviewDecision(StrEnum):
    """What a reviewer decided about an alert."""

    CONFIRMED = "confirmed"
    """It is a true one."""
    DISMISSED = "dismissed"
    """It is a false one."""
    REOPENED = "reopened"
    """The decision before is taken back, and there is none yet."""


class LabelStatus(StrEnum):
    """What is known of an alert as an example to learn from."""

    LABELLED = "labelled"
    """It has a label that no source contradicts."""
    CONFLICTING = "conflicting"
    """It has a label, but sources disagreed and a rule decided between them."""
    UNLABELLED = "unlabelled"
    """It had time to be labelled, and was not: neither positive nor negative."""
    TOO_YOUNG = "too_young"
    """It had too little time to be labelled, and is left out whatever was said of it."""


class LabelKnowledge(StrEnum):
    """Up to when what is known of an address labels its alerts."""

    END_OF_RANGE = "end_of_range"
    """One cut for all alerts of a range: the first test day; for the test, the end of the data."""
    AS_OF = "as_of"
    """A cut for each alert: the label maturity after its own day, the same time for all."""


class SuspectedAddressType(StrEnum):
    """What an alert rule takes the address for, without looking at any label."""

    WALLET = "wallet"
    MERCHANT = "merchant"
    INSTITUTIONAL = "institutional"
    UNKNOWN = "unknown"


class TrustLevel(StrEnum):
    """How far the source of a label is trusted; the order of the members is falling trust."""

    OFFICIAL = "official"
    VERIFIED = "verified"
    COMMUNITY = "community"
    UNVERIFIED = "unverified"
    BLACKLISTED = "blacklisted"


class WorldSize(StrEnum):
    """Presets of the simulator."""

    SMALL = "small"
    DEMO = "demo"
    MEDIUM = "medium"
    LARGE = "large"


class Difficulty(StrEnum):
    """Of a simulated world: how well launderers hide, and how much of them ever becomes known."""

    STANDARD = "standard"
    HARD = "hard"


class PromotionMode(StrEnum):
    """What follows from the decision of a run about its model."""

    OFF = "off"
    """Nothing: the decision is written down and the champion stays."""
    PROPOSE = "propose"
    """The model is proposed, and a person promotes or rejects it."""
    AUTO = "auto"
    """The model becomes the champion."""


class PromotionOutcome(StrEnum):
    """What a run decided about its model, before anything followed from it."""

    FIRST = "first"
    """There is no champion, and nothing speaks against the model."""
    BETTER = "better"
    """The whole interval of the difference lies above 0, and above the gain that is required."""
    NOT_WORSE = "not worse"
    """Not worse than the champion by more than the margin, and not proven worse."""
    UNDECIDED = "undecided"
    """There is too little evidence, or no comparison with the champion."""
    WORSE = "worse"
    """The whole interval of the difference lies below 0, or below the gain that is required."""
    BLOCKED = "blocked by checks"
    SAME_MODEL = "same model"
    """The run reproduced the champion."""


class PromotionVerdict(StrEnum):
    """What followed from a decision about a model."""

    PROMOTED = "promoted"
    PROPOSED = "proposed"
    """A person is asked to promote or to reject it."""
    KEPT = "kept"
    """The champion, if there is one, stays."""
    UNDECIDED = "undecided"
    """The champion, if there is one, stays until there is more evidence or a person decides."""
    REJECTED = "rejected"
    """A person decided against the model."""


class FindingSeverity(StrEnum):
    """How much a reviewer's finding weighs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class MailSecurity(StrEnum):
    """How the connection to a mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailAttachment(StrEnum):
    """What is attached to a mail about a run."""

    INDEX = "index"
    """The first page of the reports."""
    REPORTS = "reports"
    """Every report, in one zip."""
    NOTHING = "nothing"
