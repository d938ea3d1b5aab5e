import { describe, expect, it } from 'vitest'
import { indexAt, placeAt, variance, type Fix } from './replay'

const MIN = 60_000
const fixes: Fix[] = [
  { at: 0, lon: 118, lat: 30, kmh: 10 }, { at: MIN, lon: 118.2, lat: 30.1, kmh: 50 }, { at: 31 * MIN, lon: 119, lat: 31, kmh: 0 },
]

it.each([[-1, -1], [0, 0], [59_999, 0], [60_000, 1], [32 * MIN, 2]])('at %i ms the last fix is %i', (at, index) => {
  expect(indexAt(fixes, at)).toBe(index)
})

describe('the place of a car', () => {
  it('lies between two fixes in the proportion of time', () => {
    const { place, kmh } = placeAt(fixes, MIN / 2) ?? { place: [], kmh: null }
    expect(place[0]).toBeCloseTo(118.1, 9)
    expect(place[1]).toBeCloseTo(30.05, 9)
    expect(kmh).toBe(10)
  })
  it('stays where it was last heard over a long silence', () => {
    expect(placeAt(fixes, 20 * MIN)?.place).toEqual([118.2, 30.1])
  })
  it('is the first before all, the last after all, and nowhere without fixes', () => {
    expect(placeAt(fixes, -5)?.place).toEqual([118, 30])
    expect(placeAt(fixes, 99 * MIN)?.place).toEqual([119, 31])
    expect(placeAt([], 0)).toBeNull()
  })
})

it('says how far odometer and positions disagree', () => {
  expect(variance(10_000, 10_500)).toBeCloseTo(5)
  expect(variance(10_000, null)).toBeNull()
  expect(variance(400, 900)).toBeNull()
})
