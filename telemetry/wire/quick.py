"""Fixes of a payload as structs whose numbers are floats, from which columns are made."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, inspect

from telemetry.wire.messages import Fix

NAN = float("nan")


def _kinds(field: inspect.Field) -> list[inspect.Type]:
    kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    return [one.type if isinstance(one, inspect.Metadata) else one for one in kinds]


def _reported(field: inspect.Field, *, nullable: bool) -> tuple[Any, ...]:
    """A field of Fix with the same bounds, a float if it is a number."""
    kinds = _kinds(field)
    number = next((k for k in kinds if isinstance(k, inspect.IntType | inspect.FloatType)), None)
    if number is None:
        return (field.name, Fix.__annotations__[field.name], *_unsaid(field, None))
    bounded: Any = Annotated[float, Meta(ge=number.ge, le=number.le)]
    if nullable and field.default is None:
        return field.name, bounded | None, None
    return (field.name, bounded, *_unsaid(field, NAN))


def _unsaid(field: inspect.Field, nothing: float | None) -> tuple[Any, ...]:
    if field.required:
        return ()
    return (nothing if field.default is None else float(field.default),)


def _struct(name: str, *, nullable: bool) -> type[Struct]:
    fields = [_reported(field, nullable=nullable) for field in FIELDS]
    return msgspec.defstruct(
        name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
    )


_of_fix = inspect.type_info(Fix)
assert isinstance(_of_fix, inspect.StructType)
FIELDS = _of_fix.fields
NUMBERS = [f.name for f in FIELDS if f.name not in ("ts", "ignition")]
WHOLE = [f.name for f in FIELDS if any(isinstance(k, inspect.IntType) for k in _kinds(f))]
Report = _struct("Report", nullable=False)
"""What Fix is, but that all numbers are floats: 90.0 is 90, as JSON Schema has it."""
Lenient = _struct("Lenient", nullable=True)
"""The same with null for what is not said."""
_read = msgspec.json.Decoder(list[Report] | Report).decode  # type: ignore[valid-type]
_read_leniently = msgspec.json.Decoder(list[Lenient] | Lenient).decode  # type: ignore[valid-type]


def reports(payload: bytes, at_most: int) -> list[Any] | None:
    """The fixes of a payload as Reports, in order; None where decode refuses it, and says why."""
    try:
        said = _read(payload)
    except msgspec.ValidationError:
        try:
            said = [report(one) for one in leniently(payload)]
        except msgspec.ValidationError:
            return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if type(said) is not list:
        return [said]
    return said if 0 < len(said) <= at_most else None


def report(fix: Struct) -> Struct:
    """A Fix, or a Lenient, as a Report."""
    said = ((field.name, getattr(fix, field.name)) for field in FIELDS)
    return msgspec.convert({name: value for name, value in said if value is not None}, Report)


def leniently(payload: bytes) -> list[Struct]:
    """The fixes of a payload, as Lenient.

    Raises:
        msgspec.DecodeError: it is no payload of fixes even so.
    """
    said = _read_leniently(payload)
    return said if isinstance(said, list) else [said]


def as_fix(lenient: Struct) -> Fix:
    """A Lenient as a Fix.

    Raises:
        msgspec.ValidationError: a number that has to be whole is not.
    """
    said = {field.name: getattr(lenient, field.name) for field in FIELDS}
    return msgspec.convert(said, Fix, strict=False)
