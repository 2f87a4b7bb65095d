"""What a run varies: the one parameter of each flow, validated before anything runs."""

from alertmill.parameters.demo import DEMO_PROMOTION, DemoParameters
from alertmill.parameters.housekeeping import HousekeepingParameters
from alertmill.parameters.ingestion import IngestionParameters
from alertmill.parameters.promotion import PersonsDecision, PromotionRequest
from alertmill.parameters.request import TrainingRequest
from alertmill.parameters.review import ReviewAct, ReviewRequest
from alertmill.parameters.scoring import ScoringParameters
from alertmill.parameters.sections import (
    DEFAULT_LABEL_STRATEGY,
    DEFAULT_TRAINER,
    DISPOSITION_LABEL_STRATEGY,
    ChecksParameters,
    ComparisonParameters,
    ComputingParameters,
    LabelParameters,
    LeakScreenParameters,
    PromotionParameters,
    SplitParameters,
    TuningParameters,
)
from alertmill.parameters.training import TrainingParameters

__all__ = [
    "DEFAULT_LABEL_STRATEGY",
    "DEFAULT_TRAINER",
    "DEMO_PROMOTION",
    "DISPOSITION_LABEL_STRATEGY",
    "ChecksParameters",
    "ComparisonParameters",
    "ComputingParameters",
    "DemoParameters",
    "HousekeepingParameters",
    "IngestionParameters",
    "LabelParameters",
    "LeakScreenParameters",
    "PersonsDecision",
    "PromotionParameters",
    "PromotionRequest",
    "ReviewAct",
    "ReviewRequest",
    "ScoringParameters",
    "SplitParameters",
    "TrainingParameters",
    "TrainingRequest",
    "TuningParameters",
]
