import { expect, it, vi } from 'vitest'
import { figure, lasting, unitOf } from './model'

// The catalog asks the browser which language was chosen; here is none.
vi.hoisted(() => vi.stubGlobal('localStorage', { getItem: () => null }))

it.each([[59, '59 秒'], [119, '119 秒'], [120, '2 分钟'], [7199, '2 小时 0 分'], [13_200, '3 小时 40 分']])('says %i seconds as %s', (seconds, said) => {
  expect(lasting(seconds)).toBe(said)
})
it.each([[9, 1234, '123.4 km/h'], [9, 1200, '120 km/h'], [14, 6200, '6.2 km'], [14, 0, ''], [13, 5, ''], [10, 14_400, '4 小时 0 分']])('shows the figure of rule %i', (rule, value, said) => {
  expect(figure(rule, value)).toBe(said)
})
it('reads the unit from the name of a parameter', () => {
  expect(['own_kmh', 'over_pct', 'for_s', 'jump_m', 'other'].map(unitOf)).toEqual(['km/h', '%', 's', 'm', ''])
})
