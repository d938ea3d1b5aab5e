/** The business day is Asia/Shanghai: UTC+8 all year since 1991, so one constant serves. */
const OFFSET_MS = 8 * 3_600_000
const two = (n: number): string => String(n).padStart(2, '0')
const local = (at: string | number): Date => new Date((typeof at === 'number' ? at : Date.parse(at)) + OFFSET_MS)

/** 08:05 of a moment, in Shanghai. */
export function clockTime(at: string | number): string {
  const d = local(at)
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
}

/** 08:05:09 of a moment, in Shanghai. */
export const clockSeconds = (at: string | number): string => `${clockTime(at)}:${two(local(at).getUTCSeconds())}`

/** The business day of a moment, YYYY-MM-DD. */
export const dayOf = (at: string | number): string => local(at).toISOString().slice(0, 10)

/** 03-02 08:05 of a moment, in Shanghai. */
export const dayTime = (at: string | number): string => `${dayOf(at).slice(5)} ${clockTime(at)}`

/** The first moment of a business day, ms since 1970 UTC. */
export const dayStart = (day: string): number => Date.parse(`${day}T00:00:00Z`) - OFFSET_MS

/** A business day so many days later, YYYY-MM-DD. */
export const dayAfter = (day: string, days: number): string => dayOf(dayStart(day) + days * 86_400_000)

/** The value of an `<input type="datetime-local">` that shows this moment in Shanghai. */
export const toInput = (at: number): string => local(at).toISOString().slice(0, 16)

/** RFC 3339 UTC of what an `<input type="datetime-local">` says in Shanghai; '' for an empty input. */
export const fromInput = (value: string): string =>
  value ? new Date(Date.parse(`${value}:00Z`) - OFFSET_MS).toISOString().replace('.000Z', 'Z') : ''

/** A span on two days shows both, on one only the times: 03-02 08:00-11:30. */
export function span(from: string, to: string): string {
  const end = dayOf(from) === dayOf(to) ? clockTime(to) : dayTime(to)
  return `${dayTime(from)}–${end}`
}
