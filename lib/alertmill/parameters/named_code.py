"""Parameters that name code: whoever may set them may run it, so an operator says which."""

from __future__ import annotations

from collections.abc import Iterable

from alertmill.errors import ConfigurationError
from alertmill.parameters.training import TrainingParameters


def check_named_code(parameters: TrainingParameters, allowed: Iterable[str]) -> None:
    """Refuse a class by its dotted path unless the operator allows its module.

    Names that are ours or registered as entry points are installed by the operator, and pass.

    Parameters
    ----------
    parameters : TrainingParameters
        Of a run that a deployment started, such as by the form.
    allowed : iterable of str
        Modules; a package stands for all modules in it.

    Raises
    ------
    ConfigurationError
        If a module is not allowed.
    """
    named = {
        "labels.strategy": parameters.labels.strategy,
        "computing.trainer": parameters.computing.trainer,
    }
    modules = tuple(allowed)
    for parameter, name in named.items():
        module, colon, _ = name.partition(":")
        if colon and not any(module == one or module.startswith(f"{one}.") for one in modules):
            raise ConfigurationError(
                f"{parameter} names the code {name!r}, which runs of deployments may use only if "
                f"the operator allows its module; allowed are: {', '.join(modules) or 'none'}. Add "
                "the module to ALERTMILL_ALLOWED_MODULES where the worker starts."
            )
