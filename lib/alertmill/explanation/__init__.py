"""Why the model scores an alert as it does: contributions, importance, dependence, reasons."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.explanation.contributions import (
        Contributions,
        contribution_table,
        explain_some,
        group_table,
        sample_alerts,
    )
    from alertmill.explanation.dependence import partial_dependence
    from alertmill.explanation.importance import (
        group_parts,
        permutation_importance,
        single_parts,
        tree_importance,
    )
    from alertmill.explanation.interactions import (
        interaction_matrix,
        interaction_table,
        top_interactions,
    )
    from alertmill.explanation.reasons import (
        DescribedFeature,
        FeatureWords,
        explain_alerts,
        feature_groups,
        feature_words,
    )

__all__ = [
    "Contributions",
    "DescribedFeature",
    "FeatureWords",
    "contribution_table",
    "explain_alerts",
    "explain_some",
    "feature_groups",
    "feature_words",
    "group_parts",
    "group_table",
    "interaction_matrix",
    "interaction_table",
    "partial_dependence",
    "permutation_importance",
    "sample_alerts",
    "single_parts",
    "top_interactions",
    "tree_importance",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
