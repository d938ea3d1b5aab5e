const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in the unit that leaves one to three digits before the point, powers of 1,000. */
export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined) return '–'
  let at = 0
  let value = n
  while (value >= 999.5 && at < UNITS.length - 1) { value /= 1000; at++ }
  return `${value.toFixed(at === 0 || value >= 99.95 ? 0 : 1)} ${UNITS[at]}`
}
