import type { Position } from 'geojson'

export interface Fix { at: number; lon: number; lat: number; kmh: number | null }
/** Silence longer than this is not driven over: the car waits where it was last heard. */
const GAP_MS = 15 * 60_000

/** The last index whose time is not after `at`; -1 before the first. */
export function indexAt(fixes: readonly { at: number }[], at: number): number {
  let [low, high] = [0, fixes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((fixes[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Where the car was at a moment: on the straight way between two fixes, unless there was silence between them. */
export function placeAt(fixes: readonly Fix[], at: number): { place: Position; kmh: number | null } | null {
  const i = indexAt(fixes, at)
  const before = fixes[Math.max(0, i)]
  if (!before) return null
  const after = fixes[i + 1]
  const here = { place: [before.lon, before.lat], kmh: before.kmh }
  if (i < 0 || !after || after.at - before.at > GAP_MS) return here
  const part = (at - before.at) / Math.max(1, after.at - before.at)
  return { place: [before.lon + (after.lon - before.lon) * part, before.lat + (after.lat - before.lat) * part], kmh: before.kmh }
}

/** How far two witnesses of a distance disagree, in per cent of the positions'; null where one is silent or both are short. */
export function variance(gpsM: number, odometerM: number | null): number | null {
  return odometerM === null || gpsM < 500 ? null : ((odometerM - gpsM) / gpsM) * 100
}
