"""The form of every group of parameters."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from alertmill.parameters.form import arrange


class Section(BaseModel):
    """A group of parameters that cannot be changed and has no unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=arrange)
