import { describe, expect, it } from 'vitest'
import { Fleet, mercatorX, mercatorY } from './fleet'
import { DELTA, KEYFRAME, LEAVE, dutyOf, motionOf, readFrame } from './frames'
import { backoff } from './socket'

const NOW = 1_772_000_000_000
type Row = [handle: number, lonE7: number, latE7: number, heading: number, state: number, kmh: number, age: number]

function frame(kind: number, tick: number, rows: Row[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(8 + rows.length * 16))
  view.setUint8(0, kind); view.setUint8(1, 1); view.setUint16(2, rows.length, true); view.setUint32(4, tick, true)
  rows.forEach(([handle, lon, lat, heading, state, kmh, age], i) => {
    const at = 8 + i * 16
    view.setUint32(at, handle, true); view.setInt32(at + 4, lon, true); view.setInt32(at + 8, lat, true)
    view.setUint8(at + 12, heading / 2); view.setUint8(at + 13, state); view.setUint8(at + 14, kmh); view.setUint8(at + 15, age)
  })
  return view.buffer
}

describe('a frame of the live lane', () => {
  it('reads as the bytes the protocol names', () => {
    const bytes = Uint8Array.from([1, 1, 1, 0, 42, 0, 0, 0, 7, 0, 0, 0, 0x20, 0x9f, 0xc8, 0x46, 0x80, 0x41, 0x72, 0x12, 45, 0x22, 60, 3])
    const seen: number[][] = []
    const header = readFrame(bytes.buffer, (...record) => seen.push(record))
    expect(header).toEqual({ kind: DELTA, count: 1, tick: 42 })
    expect(seen).toEqual([[7, 118.7553056, 30.9477760, 90, 0x22, 60, 3]])
    expect([motionOf(0x22), dutyOf(0x22)]).toEqual(['moving', 'running'])
  })

  it.each([
    ['another version', (b: Uint8Array) => { b[1] = 2 }],
    ['a count that promises more', (b: Uint8Array) => { b[2] = 9 }],
  ])('is refused with %s', (_why, spoil) => {
    const buffer = frame(DELTA, 1, [[1, 0, 0, 0, 0, 0, 0]])
    spoil(new Uint8Array(buffer))
    expect(() => readFrame(buffer, () => undefined)).toThrow(RangeError)
  })
})

describe('the fleet', () => {
  const here: Row = [5, 1_187_500_000, 309_480_000, 90, 0x22, 40, 0]

  it('keeps a car between deltas, and drops it when it leaves', () => {
    const fleet = new Fleet()
    fleet.name([[5, 77, '皖P·D0001', 1, 'sedan']])
    fleet.apply(frame(KEYFRAME, 1, [here, [6, 0, 0, 0, 0, 0, 0]]), NOW)
    fleet.apply(frame(DELTA, 2, [[5, 1_187_600_000, 309_480_000, 180, 0x12, 50, 1]]), NOW)
    const slot = fleet.find(77)
    expect([fleet.lon[slot], fleet.heading[slot], fleet.kmh[slot], fleet.count()]).toEqual([118.76, 180, 50, 2])
    fleet.apply(frame(LEAVE, 3, [here]), NOW)
    expect([fleet.find(77), fleet.count()]).toEqual([-1, 1])
  })

  it('shows after a keyframe what that frame holds and nothing else', () => {
    const fleet = new Fleet()
    fleet.apply(frame(KEYFRAME, 1, [here, [6, 0, 0, 0, 0, 0, 0]]), NOW)
    fleet.apply(frame(KEYFRAME, 2, [here]), NOW)
    expect(fleet.count()).toBe(1)
  })

  it('grows past its first room without losing a position', () => {
    const fleet = new Fleet()
    const rows = Array.from({ length: 1000 }, (_, i): Row => [i * 3, 1_180_000_000 + i, 300_000_000 - i, 0, 2, 1, 0])
    fleet.apply(frame(KEYFRAME, 1, rows), NOW)
    expect(fleet.count()).toBe(1000)
    rows.forEach(([, lon, lat], slot) => expect([fleet.lon[slot], fleet.lat[slot]]).toEqual([lon / 1e7, lat / 1e7]))
  })

  it('lets a position grow old while nothing new comes', () => {
    const fleet = new Fleet()
    fleet.apply(frame(KEYFRAME, 1, [[5, 0, 0, 0, 2, 0, 3]]), NOW)
    expect([fleet.ageS(0, NOW), fleet.ageS(0, NOW + 600_000)]).toEqual([30, 630])
  })

  it('finds the nearest car within reach only', () => {
    const fleet = new Fleet()
    fleet.apply(frame(KEYFRAME, 1, [here, [6, 1_190_000_000, 309_480_000, 0, 0, 0, 0]]), NOW)
    expect(fleet.nearest(118.76, 30.948, 0.05)).toBe(0)
    expect(fleet.nearest(118.5, 30.5, 0.05)).toBe(-1)
  })
})

it('places the corners of the world where Web Mercator has them', () => {
  expect([mercatorX(-180), mercatorX(0), mercatorX(180)]).toEqual([0, 0.5, 1])
  expect(mercatorY(0)).toBeCloseTo(0.5, 12)
  expect(mercatorY(85.0511287798066)).toBeCloseTo(0, 9)
})

it('waits longer after each failure, never above 30 s, never below half of the step', () => {
  expect(backoff(0, () => 0)).toBe(250)
  expect(backoff(3, () => 1)).toBe(4000)
  expect(backoff(20, () => 1)).toBe(30_000)
})
