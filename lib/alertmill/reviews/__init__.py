"""Reviews of published runs: findings, how they were resolved, and approvals.

Each is a signed file beside the runs, bound to the digest of the manifest that was looked at.
"""

from alertmill.reviews.entries import REVIEWS_FOLDER, ReviewEntry, ReviewKind
from alertmill.reviews.standing import ReviewStanding, standing_of
from alertmill.reviews.terms import ReviewTerms

__all__ = [
    "REVIEWS_FOLDER",
    "ReviewEntry",
    "ReviewKind",
    "ReviewStanding",
    "ReviewTerms",
    "standing_of",
]
