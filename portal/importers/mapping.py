"""The mapping says which column of an export is which field, so that no export needs editing first.

A field is a column's name, or a table:

    name    = { first = ["Company", { columns = ["FirstName", "LastName"] }] }   # the first that isn't empty
    issued  = { column = "InvoiceDate", format = "%d.%m.%Y" }
    status  = { column = "State", map = { settled = "paid", new = "open", cancelled = "skip" }, default = "open" }
    country = { value = "Netherlands" }                                          # the same for every row
    number  = { column = "InvoiceId", prefix = "OLD-" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Row
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator


class MappingError(Exception):
    """A mapping that can't be used: one sentence a mistake, joined by newlines."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSource(_Strict):
    """Where a field's text comes from in a row, and how it is read."""

    column: str = ""
    columns: tuple[str, ...] = ()
    join: str = " "
    first: tuple[Source, ...] = ()
    value: str | None = None
    default: str = ""
    prefix: str = ""
    map: dict[str, str] = Field(default_factory=dict)
    format: str = "%Y-%m-%d"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(map(bool, (self.column, self.columns, self.first, self.value is not None))) != 1:
            raise ValueError("give exactly one of column, columns, first or value")
        return self

    def text(self, row: Row[str, str]) -> str:
        """The field's text in that row, without spaces around it. Unknown values of a `map` are given as they are."""
        found = self._raw(row)
        if not found:
            return self.default
        known = {key.casefold(): mapped for key, mapped in self.map.items()}
        return self.prefix + known.get(found.casefold(), found)

    def _raw(self, row: Row[str, str]) -> str:
        if self.value is not None:
            return self.value
        if self.first:
            return next((text for source in self.first if (text := source.text(row))), "")
        parts = [row.get(name, "").strip() for name in (self.columns or (self.column,))]
        return self.join.join(part for part in parts if part)

    def names(self) -> Iterator[str]:
        """The columns that it needs."""
        yield from self.columns
        if self.column:
            yield self.column
        for source in self.first:
            yield from source.names()

    @property
    def shown(self) -> str:
        """How a problem names it."""
        return " + ".join(dict.fromkeys(self.names()))


def _as_table(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Source = Annotated[FieldSource, BeforeValidator(_as_table)]


class FileMapping(_Strict):
    """How a file is written. `decimal` and `thousands` are the signs in its amounts."""

    encoding: str = "utf-8-sig"
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    decimal: str = "."
    thousands: str = ","

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"there is no encoding “{value}”") from None
        return "utf-8-sig" if value.lower().replace("_", "-") in ("utf-8", "utf8") else value

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must differ")
        return self

    def fields(self) -> dict[str, FieldSource]:
        """The fields that are mapped, by name."""
        return {
            name: value for name in type(self).model_fields if isinstance(value := getattr(self, name), FieldSource)
        }


class CustomerMapping(FileMapping):
    key: Source
    name: Source
    contact: Source | None = None
    email: Source | None = None
    phone: Source | None = None
    address: Source | None = None
    postal_code: Source | None = None
    city: Source | None = None
    region: Source | None = None
    country: Source | None = None
    tax_id: Source | None = None
    currency: Source | None = None
    purchase_order: Source | None = None


class InvoiceMapping(FileMapping):
    key: Source
    customer: Source
    issued: Source
    number: Source | None = None
    due: Source | None = None
    title: Source | None = None
    currency: Source | None = None
    status: Source | None = None  # open, paid, or skip for a row to leave out
    paid_on: Source | None = None
    paid: Source | None = None  # how much of it was paid
    total: Source | None = None  # checked against the lines
    purchase_order: Source | None = None
    due_days: int = Field(14, ge=0, le=3650)


class LineMapping(FileMapping):
    invoice: Source
    description: Source
    unit_amount: Source
    quantity: Source | None = None
    amount: Source | None = None  # checked against quantity times price
    detail: Source | None = None
    unit: Source | None = None
    tax_rate: Source | None = None  # percent, added to the price


class Mapping(_Strict):
    """A whole mapping. `source` names the system that the export is from; `currency` holds where no column says it."""

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    locale: str = "en_GB"
    time_zone: str = "Europe/Amsterdam"
    customers: CustomerMapping
    invoices: InvoiceMapping
    lines: LineMapping


def load_mapping(path: Path) -> Mapping:
    """Reads a mapping from TOML. Raises MappingError with a sentence for each mistake."""
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MappingError(f"{path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path.name} is not TOML: {error}.") from None
    except ValidationError as error:
        raise MappingError("\n".join(_sentence(path.name, e["loc"], e["msg"]) for e in error.errors())) from None


def _sentence(file: str, location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in location)
    return f"{file}, {where or 'the whole'}: {message.removeprefix('Value error, ')}."
