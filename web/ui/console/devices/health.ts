import type { Device } from '@/shared/types'

export const STATES = ['disabled', 'wrong-token', 'never', 'lost', 'unbound', 'quiet', 'online'] as const
export type State = (typeof STATES)[number]
export const TONE: Record<State, string> = { 'disabled': '', 'wrong-token': 'bad', 'never': 'warn', 'lost': 'bad', 'unbound': 'warn', 'quiet': '', 'online': 'good' }

/** A terminal in motion speaks every few seconds; one that sleeps in a parked car, at least once a day. */
const QUIET_MS = 15 * 60_000
const LOST_MS = 24 * 3_600_000

/**
 * What a person should know first of a device. `now` is product time, `clock` the machine's:
 * refusals are noted by the machine's clock, hearing by product time.
 */
export function stateOf(one: Device, now: number, clock: number): State {
  if (!one.enabled) return 'disabled'
  if (one.refused_at !== null && clock - Date.parse(one.refused_at) < LOST_MS && one.refused_reason === 'wrong-token') return 'wrong-token'
  if (one.heard_at === null) return 'never'
  const silent = now - Date.parse(one.heard_at)
  if (one.kind === 'provider') return 'online'
  if (silent > LOST_MS) return 'lost'
  if (one.vehicle_id === null) return 'unbound'
  return silent > QUIET_MS ? 'quiet' : 'online'
}

/** Whether a person should do something about it. */
export const needsPerson = (state: State): boolean => !['online', 'quiet', 'disabled'].includes(state)

/** The names a device can have; the wire's rule. */
export const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A line for a shell that publishes a first position, as docs/wire.md has it. */
export function firstMessage(name: string, token: string, host: string, port: number): string {
  const fix = '{\\"ts\\": \\"$(date -u +%FT%TZ)\\", \\"lon\\": 118.75, \\"lat\\": 30.94, \\"speed_kmh\\": 42}'
  return `mosquitto_pub -h ${host} -p ${port} -V mqttv5 -q 1 -u ${quoted(name)} -P ${quoted(token)} -t ${quoted(`gongche/v1/${name}/fix`)} -m "${fix}"`
}
