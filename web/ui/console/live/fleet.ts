import { LEAVE, KEYFRAME, readFrame, type Header } from './frames'

/** Web Mercator as MapLibre counts it: 0..1 from 180 W and from the north edge. */
export const mercatorX = (lon: number): number => (180 + lon) / 360
export const mercatorY = (lat: number): number =>
  (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))) / 360

export interface Car { handle: number; vehicleId: number; plate: string; poolId: number; class: string }
/** What `handles` and `snapshot` say of a car. */
export type CarRow = [handle: number, vehicleId: number, plate: string, poolId: number, class_: string]
const NOWHERE = -1
/** What one step of a record's age stands for. */
const AGE_MS = 10_000

/**
 * The cars on the map, as typed arrays that Vue never sees: a slot per car, kept for as long as the page lives.
 * `seen[slot]` is 1 while the car has a position in view.
 */
export class Fleet {
  lon = new Float64Array(256)
  lat = new Float64Array(256)
  heading = new Uint16Array(256)
  state = new Uint8Array(256)
  kmh = new Uint8Array(256)
  /** When the position was true, product time in ms. */
  at = new Float64Array(256)
  seen = new Uint8Array(256)
  /** Slots in use: 0..size. */
  size = 0
  readonly cars: Car[] = []
  private readonly slots = new Map<number, number>()
  private readonly byVehicle = new Map<number, number>()

  /** The slot of a handle, made at first sight. */
  private slot(handle: number): number {
    const known = this.slots.get(handle)
    if (known !== undefined) return known
    if (this.size === this.lon.length) this.grow()
    this.slots.set(handle, this.size)
    this.cars.push({ handle, vehicleId: NOWHERE, plate: '', poolId: NOWHERE, class: '' })
    return this.size++
  }

  private grow(): void {
    const wide = <A extends Float64Array | Uint16Array | Uint8Array>(old: A): A => {
      const next = new (old.constructor as new (n: number) => A)(old.length * 2)
      next.set(old as never)
      return next
    }
    this.lon = wide(this.lon); this.lat = wide(this.lat); this.heading = wide(this.heading)
    this.state = wide(this.state); this.kmh = wide(this.kmh); this.at = wide(this.at); this.seen = wide(this.seen)
  }

  /** Learn who the handles are. */
  name(rows: CarRow[]): void {
    for (const [handle, vehicleId, plate, poolId, class_] of rows) {
      const slot = this.slot(handle)
      this.cars[slot] = { handle, vehicleId, plate, poolId, class: class_ }
      this.byVehicle.set(vehicleId, slot)
    }
  }

  /** Take one binary frame at a product time (ms); a keyframe replaces everything that was in view. */
  apply(buffer: ArrayBuffer, now: number): Header {
    const kind = new Uint8Array(buffer, 0, 1)[0]
    if (kind === KEYFRAME) this.seen.fill(0)
    return readFrame(buffer, (handle, lon, lat, heading, state, kmh, age) => {
      const slot = this.slot(handle)
      this.seen[slot] = kind === LEAVE ? 0 : 1
      if (kind === LEAVE) return
      this.lon[slot] = lon; this.lat[slot] = lat; this.heading[slot] = heading
      this.state[slot] = state; this.kmh[slot] = kmh
      this.at[slot] = now - age * AGE_MS
    })
  }

  /** The age of a slot's position, seconds of product time. */
  ageS(slot: number, now: number): number { return Math.max(0, (now - (this.at[slot] ?? 0)) / 1000) }

  /** The slot of a vehicle in view, or -1. */
  find(vehicleId: number): number {
    const slot = this.byVehicle.get(vehicleId)
    return slot !== undefined && this.seen[slot] ? slot : NOWHERE
  }

  /** The slot nearest to a position within `degrees`, or -1; a linear scan, 10,000 cars take well under 1 ms. */
  nearest(lon: number, lat: number, degrees: number): number {
    let best = NOWHERE
    let least = degrees * degrees
    const shrink = Math.cos((lat * Math.PI) / 180)
    for (let slot = 0; slot < this.size; slot++) {
      if (!this.seen[slot]) continue
      const dx = ((this.lon[slot] ?? 0) - lon) * shrink
      const dy = (this.lat[slot] ?? 0) - lat
      const far = dx * dx + dy * dy
      if (far < least) { least = far; best = slot }
    }
    return best
  }

  /** How many cars are in view. */
  count(): number {
    let n = 0
    for (let slot = 0; slot < this.size; slot++) n += this.seen[slot] ?? 0
    return n
  }
}
