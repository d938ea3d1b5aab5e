const grouped = (n: number, digits: number): string =>
  n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const or = <T>(value: T | null | undefined, show: (value: T) => string): string =>
  value === null || value === undefined ? '–' : show(value)

/** Fen as yuan with two decimals; a dash for an unknown amount. */
export const yuan = (fen: number | null | undefined): string => or(fen, (n) => grouped(n / 100, 2))
/** Metres as kilometres with one decimal. */
export const km = (metres: number | null | undefined): string => or(metres, (n) => grouped(n / 1000, 1))
/** Millilitres as litres with two decimals. */
export const litres = (ml: number | null | undefined): string => or(ml, (n) => grouped(n / 1000, 2))
/** Watt-hours as kWh with one decimal. */
export const kwh = (wh: number | null | undefined): string => or(wh, (n) => grouped(n / 1000, 1))
/** A number with so many decimals. */
export const plain = (n: number | null | undefined, digits = 0): string => or(n, (value) => grouped(value, digits))
/** Seconds as whole minutes, rounded up. */
export const minutes = (seconds: number): number => Math.ceil(seconds / 60)
