"""What each report answers, in two sentences and three numbers, computed from a run."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.answers.answer import ANSWER_MEDIA_TYPE, Answer, KeyNumber
    from alertmill.answers.of_comparison import answer_comparison
    from alertmill.answers.of_data import answer_data
    from alertmill.answers.of_errors import answer_errors
    from alertmill.answers.of_evaluation import answer_evaluation
    from alertmill.answers.of_features import answer_features
    from alertmill.answers.of_importance import answer_importance
    from alertmill.answers.of_queue import answer_queue
    from alertmill.answers.of_search import answer_search
    from alertmill.answers.of_training import answer_training

__all__ = [
    "ANSWER_MEDIA_TYPE",
    "Answer",
    "KeyNumber",
    "answer_comparison",
    "answer_data",
    "answer_errors",
    "answer_evaluation",
    "answer_features",
    "answer_importance",
    "answer_queue",
    "answer_search",
    "answer_training",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
