"""What the documents of a run have in common: they are read as they were written, or refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A model that cannot be changed, and refuses names that it does not know."""

    # Fields of models begin with model_, such as model_id; pydantic would warn of each.
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
