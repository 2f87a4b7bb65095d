"""Options of a command that are made from a model of parameters.

Name, type, default, range and help of an option are those of the field, as in the form in the
Prefect UI, so that a field is described once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import UnionType
from typing import Annotated, Any, Protocol, TypeVar, Union, cast, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from alertmill.errors import ConfigurationError
from alertmill.networks import network_of
from alertmill.parameters.section import Section
from alertmill.vocabulary import CheckCode, Network

_Command = TypeVar("_Command", bound=Callable[..., None])
Path = tuple[str, ...]
"""Names of the sections, outermost first, and of the field."""


@dataclass(frozen=True)
class GeneratedOption:
    """A field of a model, or of a section in it, as an option."""

    path: Path
    field: FieldInfo
    panel: str | None
    """Title of the section; None outside sections."""
    shorter: str | None
    """A second name."""

    @property
    def parameter(self) -> str:
        """Name of the parameter of the command's function."""
        return "__".join(self.path)

    @property
    def name(self) -> str:
        """Name by which messages call the option."""
        return self.shorter or self._full_name

    @property
    def signature(self) -> inspect.Parameter:
        """The parameter from which typer makes the option."""
        option = typer.Option(
            *self._names,
            help=self._help,
            rich_help_panel=self.panel,
            metavar=self._metavar,
            parser=network_of if self._kind is Network else None,
            min=self._limit("ge"),
            max=self._limit("le"),
            formats=["%Y-%m-%d"] if self._kind is date else None,
        )
        default = None if self.field.is_required() or self._is_collection else self.field.default
        annotation = self._option_type if default is not None else self._option_type | None
        return inspect.Parameter(
            self.parameter,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[annotation, option],
        )

    def read(self, value: object) -> object:
        """Return the value of the field from that of the option."""
        if isinstance(value, datetime):
            return value.date()
        if self._origin is dict and isinstance(value, list):
            return read_reasons(self.name, value)
        return value

    @property
    def _full_name(self) -> str:
        return "--" + "-".join(self.path).replace("_", "-")

    @property
    def _names(self) -> list[str]:
        full = self._full_name
        if self._kind is bool:
            return [f"{full}/--no-{full.removeprefix('--')}"]
        return [full] if self.shorter is None else [self.shorter, full]

    @property
    def _kind(self) -> object:
        """Type of the field when it is set."""
        annotation = self.field.annotation
        if get_origin(annotation) not in (Union, UnionType):
            return annotation
        return next(kind for kind in get_args(annotation) if kind is not type(None))

    @property
    def _origin(self) -> object:
        return get_origin(self._kind)

    @property
    def _is_collection(self) -> bool:
        return self._origin in (tuple, dict)

    @property
    def _option_type(self) -> type[Any]:
        if self._is_collection:
            return list[str]
        if self._kind is time:
            return str
        return datetime if self._kind is date else cast(type[Any], self._kind)

    @property
    def _metavar(self) -> str | None:
        if self._kind is Network:
            return "NETWORK"
        if self._kind is time:
            return "HH:MM"
        if self._origin is not dict:
            return None
        return "CODE=REASON" if get_args(self._kind)[0] is CheckCode else "NAME=REASON"

    @property
    def _help(self) -> str:
        more = " May be given several times." if self._is_collection else ""
        return f"{self.field.description}{more}"

    def _limit(self, kind: str) -> float | None:
        found = (getattr(rule, kind, None) for rule in self.field.metadata)
        return next((limit for limit in found if limit is not None), None)


def options_of(
    model: type[Section], shorter: Mapping[Path, str], *, path: Path = (), panel: str | None = None
) -> Iterator[GeneratedOption]:
    """Return an option for every field of a model and of its sections.

    Parameters
    ----------
    model : type of Section
        Parameters of the command.
    shorter : mapping of tuple of str to str
        Second names of options, by the path of their field.
    """
    for name, field in model.model_fields.items():
        here, kind = (*path, name), field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from options_of(kind, shorter, path=here, panel=field.title)
        else:
            yield GeneratedOption(here, field, panel, shorter.get(here))


class HasSignature(Protocol):
    """An option of a command."""

    @property
    def signature(self) -> inspect.Parameter:
        """The parameter from which typer makes the option."""


def with_options(options: Sequence[HasSignature]) -> Callable[[_Command], _Command]:
    """Return a decorator that puts options in the place of the ``**given`` of a command."""

    def extend(command: _Command) -> _Command:
        own = inspect.signature(command, eval_str=True).parameters.values()
        kept = [one for one in own if one.kind is not inspect.Parameter.VAR_KEYWORD]
        parameters = [*kept, *(option.signature for option in options)]
        vars(command)["__signature__"] = inspect.Signature(parameters)
        return command

    return extend


def overlay(
    base: Mapping[str, Any],
    options: Sequence[GeneratedOption],
    context: typer.Context,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """Return parameters with what stands on the command line in place of what they hold.

    Parameters
    ----------
    base : mapping
        Parameters, for example of a file.
    options : sequence of GeneratedOption
        All options of the command.
    context : typer.Context
        Of the call; it tells a given option from a default.
    given : mapping
        Values of the options.
    """
    merged = dict(base)
    for option in options:
        source = context.get_parameter_source(option.parameter)
        if source is not None and source.name == "COMMANDLINE":
            _put(merged, option.path, option.read(given[option.parameter]))
    return merged


def _put(target: dict[str, Any], path: Path, value: object) -> None:
    first, *rest = path
    if rest:
        inner = target.get(first)
        target[first] = dict(inner) if isinstance(inner, Mapping) else {}
        _put(target[first], tuple(rest), value)
    else:
        target[first] = value


def read_reasons(option: str, given: Sequence[str]) -> dict[str, str]:
    """Divide every ``NAME=REASON``.

    Raises
    ------
    ConfigurationError
        If a name or a reason is missing.
    """
    parts = (one.partition("=") for one in given)
    divided = {name.strip(): reason.strip() for name, _, reason in parts}
    for name, reason in divided.items():
        if not name or not reason:
            raise ConfigurationError(
                f"{option} {name or reason!r}: expected NAME=REASON; the reason stands in "
                "the report, so that whoever reads it can judge it."
            )
    return divided
