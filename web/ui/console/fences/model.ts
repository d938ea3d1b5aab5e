import type { Geometry } from 'geojson'

export const KINDS = ['depot', 'city', 'blind', 'sensitive', 'speed', 'site', 'custom'] as const
export type Kind = (typeof KINDS)[number]
export const COLOUR: Record<Kind, string> = { depot: '#1d7a46', city: '#1763c6', blind: '#67758a', sensitive: '#b4261d', speed: '#c27803', site: '#6b4fa0', custom: '#0f7b8a' }

/** ISO weekdays, Monday 1; both times equal: all day; ends before it starts: on the next day. */
export interface Hours { days: number[]; on: 'any' | 'workdays' | 'days_off'; from: string; to: string }
export interface Draft {
  pool_id: number; name: string; kind: Kind; shape: Geometry; radius_m: number | null; windows: Hours[]
  limit_kmh: number | null; confirm_fixes: number | null; confirm_s: number | null
}
export interface Fence extends Draft { id: number; since: string; until: string | null; in_force: boolean; inside: number }
export interface Problem { code: string; message: string; lon: number | null; lat: number | null }
export interface Inside { vehicle_id: number; code: string; plate: string | null; pool_id: number; since: string }
export interface Change { id: number; at: string; by: string; action: string; since: string; undone_by: number | null }
export interface FenceDetail { fence: Fence; inside: Inside[]; others: number; changes: Change[] }
/** Somebody in a fence over a time; left_at null: still. `others`: how many visits of other platforms' vehicles. */
export interface Visit { vehicle_id: number; plate: string | null; pool_id: number; entered_at: string; left_at: string | null }
export interface Visits { items: Visit[]; others: number; cut: boolean }
export interface ImportRow { index: number; name: string; outcome: string; problems: Problem[]; shape: Geometry | null; radius_m: number | null }

export const draftOf = ({ pool_id, name, kind, shape, radius_m, windows, limit_kmh, confirm_fixes, confirm_s }: Draft): Draft =>
  ({ pool_id, name, kind, shape, radius_m, windows: windows.map((one) => ({ ...one, days: [...one.days] })), limit_kmh, confirm_fixes, confirm_s })

/** How long a stay was, in hours and minutes: 27:05. */
export function lasted(from: number, to: number): string {
  const minutes = Math.max(0, Math.floor((to - from) / 60_000))
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}
