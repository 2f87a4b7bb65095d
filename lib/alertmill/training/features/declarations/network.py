"""Features of the place in the network of flows, and of the flows with direct counterparties."""

from __future__ import annotations

from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import Declare, Level, ratio

_graph = Declare(FeatureGroup.NETWORK, Level.ADDRESS)
_flows = Declare(
    FeatureGroup.NETWORK, Level.ALERT, missing="the address has no money flow on that day"
)

FEATURES = (
    _graph("pagerank", "Importance in the money flow; 1 is the average.", unit="times"),
    _graph("betweenness", "How often it lies on the way between others.", within=(0, None)),
    _graph("closeness", "How near it is to the others along the flows.", within=(0, None)),
    _graph(
        "clustering_coefficient",
        "Share of pairs of its counterparties that trade together too.",
        unit="of 1",
    ),
    _graph(
        "kcore",
        "Depth in the densely connected part of the network; 1 is its rim.",
        within=(0, None),
    ),
    _graph("centrality_score", "Mean rank of its three centralities.", within=(0, None)),
    *(
        _graph(f"khop{hops}_count", f"Addresses within {hops} steps of it.", unit="addresses")
        for hops in (2, 3)
    ),
    *(
        _graph(f"khop{hops}_volume_usd", f"Value moved within {hops} steps of it.", unit="USD")
        for hops in (1, 2, 3)
    ),
    _graph(
        "khop_growth",
        "Addresses within 2 steps for each direct one.",
        unit="times",
        formula=ratio("khop2_count", "khop1_count"),
    ),
    _graph("graph_anomaly_score", "How unusual its place in the network is.", within=(0, None)),
    _graph("neighborhood_anomaly_score", "How unusual its neighbourhood is.", within=(0, None)),
    _graph("suspicious_pattern_score", "How sure it is part of a suspicious pattern.", unit="of 1"),
    *(
        feature
        for direction, verb, party in (("out", "sent", "recipient"), ("in", "received", "sender"))
        for feature in (
            _flows(
                f"flow_{direction}_max_usd",
                f"Value {verb} in the largest flow.",
                unit="USD",
                missing=f"nothing was {verb}",
            ),
            _flows(
                f"flow_{direction}_top_share",
                f"Share of the largest flow in all value {verb}.",
                unit="of 1",
                missing=f"nothing was {verb}",
            ),
            _flows(
                f"flow_{direction}_concentration",
                f"Chance that two dollars {verb} have the same {party} (Herfindahl index).",
                unit="of 1",
                missing=f"nothing was {verb}",
            ),
            _flows(
                f"flow_{direction}_tx_mean",
                f"Transfers per {party}.",
                unit="transfers",
                missing=f"it has no {party}",
            ),
            _flows(
                f"flow_{direction}_new_share",
                f"Share of its {party}s that first appear on the last day of the window.",
                unit="of 1",
                formula=ratio(f"flow_{direction}_new_pairs", f"flow_{direction}_pairs"),
                missing=f"it has no {party}",
            ),
        )
    ),
    _flows("flow_active_days_mean", "Days on which a flow is active, mean.", unit="days"),
    _flows(
        "flow_reciprocity_mean", "Smaller against larger direction of its flows, mean.", unit="of 1"
    ),
    _flows("flow_bidirectional_share", "Share of its flows that go both ways.", unit="of 1"),
    _flows("flow_unique_assets_max", "Most assets in one flow.", unit="assets"),
    _flows(
        "flow_out_to_in_pairs",
        "Recipients for each sender.",
        unit="times",
        formula=ratio("flow_out_pairs", "flow_in_pairs"),
        missing="it has no sender",
    ),
)
