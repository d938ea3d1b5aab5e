/** The binary lane of live.v1, little-endian: header 8 B, then 16 B a vehicle. */
export const DELTA = 1
export const KEYFRAME = 2
export const LEAVE = 3
const HEADER = 8
const RECORD = 16
const VERSION = 1

export interface Header { kind: number; count: number; tick: number }
/** One vehicle's record; `age` counts 10 s of product time, 255 is older. */
export type OnRecord = (handle: number, lon: number, lat: number, heading: number, state: number, kmh: number, age: number) => void

/**
 * Read one frame, calling `onRecord` for each vehicle in order; degrees WGS-84, heading clockwise from north.
 * Throws RangeError for another version or a length that does not fit its count.
 */
export function readFrame(buffer: ArrayBuffer, onRecord: OnRecord): Header {
  const view = new DataView(buffer)
  if (buffer.byteLength < HEADER || view.getUint8(1) !== VERSION) throw new RangeError('not a live.v1 frame')
  const header = { kind: view.getUint8(0), count: view.getUint16(2, true), tick: view.getUint32(4, true) }
  if (buffer.byteLength !== HEADER + header.count * RECORD) throw new RangeError('frame length does not fit its count')
  for (let at = HEADER; at < buffer.byteLength; at += RECORD) {
    onRecord(
      view.getUint32(at, true), view.getInt32(at + 4, true) / 1e7, view.getInt32(at + 8, true) / 1e7,
      view.getUint8(at + 12) * 2, view.getUint8(at + 13), view.getUint8(at + 14), view.getUint8(at + 15),
    )
  }
  return header
}

/** Low 4 bits of the state byte. */
export const MOTION = ['unknown', 'parked', 'moving', 'idling', 'offline'] as const
/** Bits 4 to 6 of the state byte. */
export const DUTY = ['none', 'assigned', 'running', 'maintenance'] as const
export type Motion = (typeof MOTION)[number]
export type Duty = (typeof DUTY)[number]

export const motionOf = (state: number): Motion => MOTION[state & 15] ?? 'unknown'
export const dutyOf = (state: number): Duty => DUTY[(state >> 4) & 7] ?? 'none'
