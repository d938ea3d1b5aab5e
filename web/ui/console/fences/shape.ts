import type { Geometry, Polygon, Position } from 'geojson'

/** A fence as a hand draws it; metres, degrees WGS-84. A polygon here is one ring, not closed twice. */
export type Shape =
  | { kind: 'circle'; center: Position; radiusM: number }
  | { kind: 'polygon'; ring: Position[] }
  | { kind: 'corridor'; line: Position[]; halfM: number }
export type ShapeKind = Shape['kind']

const EARTH_M = 6_371_008.8
const SEGMENTS = 64
const rad = (degrees: number): number => (degrees * Math.PI) / 180
const deg = (radians: number): number => (radians * 180) / Math.PI
/** Stored positions are whole 1e-7 degrees; what is drawn says no more than that. */
const e7 = (degrees: number): number => Math.round(degrees * 1e7) / 1e7
export const rounded = ([lon = 0, lat = 0]: Position): Position => [e7(lon), e7(lat)]

/** Metres between two positions, along the sphere. */
export function metres([lon1 = 0, lat1 = 0]: Position, [lon2 = 0, lat2 = 0]: Position): number {
  const half = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.sqrt(half))
}

/** The ring of a circle, closed, every vertex that far from the centre along the sphere. */
export function circleRing([lon = 0, lat = 0]: Position, radiusM: number): Position[] {
  const far = radiusM / EARTH_M
  const ring = Array.from({ length: SEGMENTS }, (_, i): Position => {
    const way = (2 * Math.PI * i) / SEGMENTS
    const there = Math.asin(Math.sin(rad(lat)) * Math.cos(far) + Math.cos(rad(lat)) * Math.sin(far) * Math.cos(way))
    const aside = Math.atan2(Math.sin(way) * Math.sin(far) * Math.cos(rad(lat)), Math.cos(far) - Math.sin(rad(lat)) * Math.sin(there))
    return rounded([lon + deg(aside), deg(there)])
  })
  return [...ring, ring[0] as Position]
}

/** Centre and radius of a ring that was drawn as a circle: the mean direction of its corners as seen from the earth's middle. */
export function circleOf(ring: readonly Position[]): { center: Position; radiusM: number } {
  const corners = ring.slice(0, -1)
  const sum = [0, 0, 0] as [number, number, number]
  for (const [lon = 0, lat = 0] of corners) {
    sum[0] += Math.cos(rad(lat)) * Math.cos(rad(lon)); sum[1] += Math.cos(rad(lat)) * Math.sin(rad(lon)); sum[2] += Math.sin(rad(lat))
  }
  const center = rounded([deg(Math.atan2(sum[1], sum[0])), deg(Math.atan2(sum[2], Math.hypot(sum[0], sum[1])))])
  return { center, radiusM: Math.round(corners.reduce((all, corner) => all + metres(center, corner), 0) / corners.length) }
}

/** As the API takes it. */
export function toGeometry(shape: Shape): { shape: Geometry; radius_m: number | null } {
  if (shape.kind === 'circle') return { shape: { type: 'Point', coordinates: rounded(shape.center) }, radius_m: shape.radiusM }
  if (shape.kind === 'corridor') return { shape: { type: 'LineString', coordinates: shape.line.map(rounded) }, radius_m: shape.halfM }
  const ring = shape.ring.map(rounded)
  return { shape: { type: 'Polygon', coordinates: [[...ring, ring[0] as Position]] }, radius_m: null }
}

/** What a hand can change; null for holes and several parts, which come from imports and are drawn anew if at all. */
export function ofGeometry(geometry: Geometry, radiusM: number | null): Shape | null {
  if (geometry.type === 'Point') return { kind: 'circle', center: geometry.coordinates, radiusM: radiusM ?? 100 }
  if (geometry.type === 'LineString') return { kind: 'corridor', line: geometry.coordinates, halfM: radiusM ?? 50 }
  const ring = geometry.type === 'Polygon' && geometry.coordinates.length === 1 ? geometry.coordinates[0] : undefined
  return ring ? { kind: 'polygon', ring: ring.slice(0, -1) } : null
}

/** All positions of a shape as it lies on the map, a circle's rim included. */
export function extent(geometry: Geometry, radiusM: number | null): Position[] {
  if (geometry.type === 'Point') return circleRing(geometry.coordinates, radiusM ?? 100)
  if (geometry.type === 'LineString') return geometry.coordinates
  if (geometry.type === 'Polygon') return geometry.coordinates.flat()
  return geometry.type === 'MultiPolygon' ? geometry.coordinates.flat(2) : []
}

/** What is filled on the map: a circle as its ring; a corridor stays a line, which the map draws as wide as it is. */
export function drawn(geometry: Geometry, radiusM: number | null): Geometry {
  return geometry.type === 'Point' ? ({ type: 'Polygon', coordinates: [circleRing(geometry.coordinates, radiusM ?? 100)] } satisfies Polygon) : geometry
}

/** Pixels at zoom 0 of a line as wide as 2 x half metres at its latitude: MapLibre's world is 512 px at zoom 0. */
export function widthAtZoom0(line: readonly Position[], halfM: number): number {
  const lat = line.reduce((sum, at) => sum + (at[1] ?? 0), 0) / Math.max(1, line.length)
  return (2 * halfM * 512) / (2 * Math.PI * EARTH_M * Math.cos(rad(lat)))
}
