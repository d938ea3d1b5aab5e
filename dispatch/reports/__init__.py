"""Sheets as people take them away: XLSX and CSV."""

from dispatch.reports.cost_sheet import COLUMNS, Column, as_csv, as_xlsx, cells, totals

__all__ = ["COLUMNS", "Column", "as_csv", "as_xlsx", "cells", "totals"]
