"""The per-vehicle cost sheet as columns, XLSX and CSV; one definition for page and files."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import xlsxwriter

from dispatch.accounting import Sheet, SheetRow

Cell: TypeAlias = str | int | float | None
Kind = Literal["text", "count", "km", "litres", "kwh", "yuan", "ratio"]

# A cell that begins with one of these is a formula to a spreadsheet (OWASP CSV injection);
# the full-width forms are taken for their ASCII twins by some imports.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in the JSON, its headings, and how it is shown."""

    key: str
    zh: str
    en: str
    kind: Kind
    value: Callable[[SheetRow], Cell]
    adds_up: bool = True


def _km(metres: int | None) -> float | None:
    return None if metres is None else round(metres / 1000, 1)


COLUMNS: tuple[Column, ...] = (
    Column("plate", "车牌", "Plate", "text", lambda r: r.plate, adds_up=False),
    Column("pool", "平台", "Platform", "text", lambda r: r.pool_name, adds_up=False),
    Column("category", "类别", "Category", "text", lambda r: r.category, adds_up=False),
    Column("model", "车型", "Model", "text", lambda r: r.model, adds_up=False),
    Column("trips", "车次", "Trips", "count", lambda r: r.trips),
    Column("person_trips", "人次", "Person-trips", "count", lambda r: r.person_trips),
    Column("days_used", "出车天数", "Days used", "count", lambda r: r.days_used),
    Column("odometer_km", "里程表公里", "Odometer km", "km", lambda r: _km(r.odometer_m)),
    Column("gps_km", "GPS公里", "GPS km", "km", lambda r: _km(r.gps_m)),
    Column("diff_pct", "差异%", "Diff %", "ratio", lambda r: r.diff_pct, adds_up=False),
    Column("empty_km", "空驶公里", "Empty km", "km", lambda r: _km(r.empty_m)),
    Column("shared_km", "拼车公里", "Shared km", "km", lambda r: _km(r.shared_m)),
    Column("fuel_l", "加油升", "Fuel L", "litres", lambda r: round(r.fuel_ml / 1000, 2)),
    Column("fuel_yuan", "油费", "Fuel yuan", "yuan", lambda r: r.fuel_fen / 100),
    Column(
        "l_per_100km", "百公里油耗", "L/100 km", "ratio", lambda r: r.l_per_100km, adds_up=False
    ),
    Column("norm", "油耗定额", "Norm", "ratio", lambda r: r.norm_l_per_100km, adds_up=False),
    Column("kwh", "充电度", "kWh", "kwh", lambda r: round(r.wh / 1000, 2)),
    Column("electricity_yuan", "电费", "Charging yuan", "yuan", lambda r: r.electricity_fen / 100),
    Column("kwh_per_100km", "百公里电耗", "kWh/100 km", "ratio", lambda r: r.kwh_per_100km, False),
    Column("toll_yuan", "通行费", "Toll yuan", "yuan", lambda r: r.toll_fen / 100),
    Column("parking_yuan", "停车费", "Parking yuan", "yuan", lambda r: r.parking_fen / 100),
    Column("total_yuan", "费用合计", "Total yuan", "yuan", lambda r: r.total_fen / 100),
    Column("yuan_per_km", "元/公里", "Yuan/km", "ratio", lambda r: _per_km(r), adds_up=False),
    Column(
        "income_yuan", "结算收入", "Income yuan", "yuan", lambda r: r.settlement_income_fen / 100
    ),
    Column("unexplained", "未匹配票据", "Unmatched", "count", lambda r: r.unexplained),
)


def _income(row: SheetRow) -> float:
    return row.settlement_income_fen / 100


def _per_km(row: SheetRow) -> float | None:
    return None if row.fen_per_km is None else round(row.fen_per_km / 100, 2)


def cells(row: SheetRow) -> list[Cell]:
    """A row's values in the order of COLUMNS."""
    return [column.value(row) for column in COLUMNS]


def totals(sheet: Sheet) -> list[Cell]:
    """Sums of the columns that add up; the first cell says so."""
    sums: list[Cell] = []
    for column in COLUMNS:
        values = [v for v in map(column.value, sheet.rows) if isinstance(v, int | float)]
        sums.append(round(sum(values), 2) if column.adds_up else None)
    return ["合计", *sums[1:]]


def _inert(cell: Cell) -> Cell:
    """Text that a spreadsheet would run is made text; numbers stay numbers, also negative ones."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_ACTIVE) else cell


def as_csv(sheet: Sheet) -> bytes:
    """The sheet as UTF-8 CSV with a byte order mark, which Chinese spreadsheets need."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.zh for column in COLUMNS])
    for row in sheet.rows:
        writer.writerow([_inert(cell) for cell in cells(row)])
    writer.writerow([_inert(cell) for cell in totals(sheet)])
    return out.getvalue().encode("utf-8-sig")


_FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "0",
    "km": "#,##0.0",
    "litres": "#,##0.00",
    "kwh": "#,##0.00",
    "yuan": "#,##0.00",
    "ratio": "0.00",
}


def as_xlsx(sheet: Sheet) -> bytes:
    """The sheet as a workbook; text is written as text, never as a formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(f"{sheet.month:%Y-%m}")
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        formats = {k: book.add_format({"num_format": f}) for k, f in _FORMATS.items()}
        page.write_row(0, 0, [c.zh for c in COLUMNS], bold)
        page.write_row(1, 0, [c.en for c in COLUMNS], bold)
        lines = [cells(row) for row in sheet.rows] + [totals(sheet)]
        for y, line in enumerate(lines, start=2):
            for x, (cell, column) in enumerate(zip(line, COLUMNS, strict=True)):
                _write(page, y, x, cell, formats[column.kind])
        page.freeze_panes(2, 1)
        page.set_column(0, len(COLUMNS) - 1, 11)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    return out.getvalue()


def _write(
    page: "xlsxwriter.worksheet.Worksheet", y: int, x: int, cell: Cell, style: object
) -> None:
    if isinstance(cell, str):
        page.write_string(y, x, cell, style)
    elif cell is not None:
        page.write_number(y, x, cell, style)
