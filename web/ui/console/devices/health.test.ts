import { describe, expect, it } from 'vitest'
import type { Device } from '@/shared/types'
import { firstMessage, isName, stateOf } from './health'

const NOW = Date.parse('2026-03-04T00:30:00Z')
const CLOCK = Date.parse('2026-11-22T00:00:00Z')
const ago = (from: number, minutes: number): string => new Date(from - minutes * 60_000).toISOString()
const device = (more: Partial<Device>): Device => ({
  id: 1, name: 'd', kind: 'terminal', enabled: true, vehicle_id: 7, bound_since: null, heard_at: ago(NOW, 1),
  position_at: null, refused_reason: null, refused_at: null, ...more,
})

describe('the state of a device', () => {
  it.each([
    ['online', {}],
    ['quiet', { heard_at: ago(NOW, 16) }],
    ['lost', { heard_at: ago(NOW, 24 * 60 + 1) }],
    ['never', { heard_at: null }],
    ['unbound', { vehicle_id: null }],
    ['disabled', { enabled: false, heard_at: null }],
    ['wrong-token', { refused_reason: 'wrong-token', refused_at: ago(CLOCK, 60) }],
    ['online', { refused_reason: 'wrong-token', refused_at: ago(CLOCK, 2 * 24 * 60) }],
    ['online', { kind: 'provider', vehicle_id: null, heard_at: ago(NOW, 9 * 24 * 60) }],
  ] as const)('is %s', (state, more) => {
    expect(stateOf(device(more), NOW, CLOCK)).toBe(state)
  })
})

it('knows which names can stand in a topic', () => {
  expect(['bus-1', '0', 'a'.repeat(64), 'A.b_c'].filter((name) => !isName(name))).toEqual([])
  expect(['', '-a', '车', 'a/b', 'a b', 'a'.repeat(65), 'a\n'].filter(isName)).toEqual([])
})

it('writes a line that a shell reads as it is meant', () => {
  const line = firstMessage('bus-1', "to'ken", 'h', 1883)
  expect(line).toContain("-u 'bus-1' -P 'to'\\''ken' -t 'gongche/v1/bus-1/fix'")
  expect(line).toContain('-m "{\\"ts\\": \\"$(date -u +%FT%TZ)\\"')
})
