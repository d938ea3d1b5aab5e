import { describe, expect, it } from 'vitest'
import { circleOf, circleRing, extent, metres, ofGeometry, toGeometry, widthAtZoom0, type Shape } from './shape'

it('measures a degree of a meridian', () => {
  expect(metres([118.75, 30], [118.75, 31])).toBeCloseTo(111_195, 0)
})

describe('a circle', () => {
  it.each([20, 100, 1000, 50_000])('of %i m keeps its centre and radius when it is drawn and read again', (radiusM) => {
    const center = [118.7584213, 30.9412]
    const ring = circleRing(center, radiusM)
    for (const corner of ring) expect(Math.abs(metres(center, corner) - radiusM)).toBeLessThan(0.05)
    const read = circleOf(ring)
    expect(read.radiusM).toBe(radiusM)
    expect(metres(read.center, center)).toBeLessThan(0.05)
  })
})

describe('what a hand draws', () => {
  const shapes: Shape[] = [
    { kind: 'circle', center: [118.75, 30.94], radiusM: 300 },
    { kind: 'polygon', ring: [[118.7, 30.9], [118.8, 30.9], [118.8, 31]] },
    { kind: 'corridor', line: [[118.7, 30.9], [118.8, 30.9]], halfM: 40 },
  ]
  it.each(shapes.map((shape) => [shape.kind, shape] as const))('%s comes back from the API as it was', (_, shape) => {
    const { shape: geometry, radius_m } = toGeometry(shape)
    expect(ofGeometry(geometry, radius_m)).toEqual(shape)
  })
  it('closes a polygon once', () => {
    expect(toGeometry(shapes[1] as Shape).shape).toEqual({ type: 'Polygon', coordinates: [[[118.7, 30.9], [118.8, 30.9], [118.8, 31], [118.7, 30.9]]] })
  })
  it('leaves holes and several parts alone', () => {
    const ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    expect(ofGeometry({ type: 'Polygon', coordinates: [ring, ring] }, null)).toBeNull()
    expect(ofGeometry({ type: 'MultiPolygon', coordinates: [[ring]] }, null)).toBeNull()
    expect(extent({ type: 'MultiPolygon', coordinates: [[ring], [ring]] }, null)).toHaveLength(8)
  })
})

it('draws a corridor as wide as it is', () => {
  // At 60 degrees north a metre is twice as many pixels as at the equator.
  expect(widthAtZoom0([[0, 60]], 100) / widthAtZoom0([[0, 0]], 100)).toBeCloseTo(2, 6)
  expect(widthAtZoom0([[0, 0]], (2 * Math.PI * 6_371_008.8) / 2)).toBeCloseTo(512, 6)
})
