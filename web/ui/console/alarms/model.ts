import { t } from './text'

export const RULES = [9, 10, 11, 12, 13, 14, 24] as const
export const SEVERITIES = [3, 2, 1] as const
export const OUTCOMES = ['legit', 'data_error', 'violation'] as const
export const TONE: Record<number, string> = { 1: '', 2: 'warn', 3: 'solid' }

export interface Case {
  id: number; vehicle_id: number; vehicle_code: string; plate: string | null; pool_id: number | null; rule: number; state: string; severity: number
  shadow: boolean; notify: boolean; opened_at: string; started_at: string; raised_at: string; ended_at: string | null
  peak: number; bound: number; causes: string[]; lon: number | null; lat: number | null; outcome: string | null
}
export interface CaseEvent { at: string; kind: string; actor: string | null; detail: Record<string, unknown> }
export interface CaseDetail { case: Case; history: CaseEvent[]; may_settle: boolean }
export interface RuleLine {
  rule: number; enabled: boolean; shadow: boolean; parameters: Record<string, number>; defaults: Record<string, number>
  bounds: Record<string, [number, number]>; said_by: Record<string, string>
}
export interface RuleChange { enabled: boolean | null; shadow: boolean | null; parameters: Record<string, number>; since: string; until: string | null }

/** Seconds as a person says them. */
export function lasting(seconds: number): string {
  if (seconds < 120) return t('seconds', { n: seconds })
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? t('min', { n: minutes }) : t('hours', { h: Math.floor(minutes / 60), m: minutes % 60 })
}

/** The worst and the bound of a case in the unit of its rule; '' where the rule has none. */
export function figure(rule: number, value: number): string {
  if (rule === 9) return `${(value / 10).toFixed(value % 10 ? 1 : 0)} km/h`
  if (rule === 14) return value ? `${(value / 1000).toFixed(1)} km` : ''
  return rule === 13 || !value ? '' : lasting(value)
}

const UNITS: Record<string, string> = { kmh: 'km/h', pct: '%', s: 's', m: 'm' }
/** The unit that a parameter carries in its name. */
export const unitOf = (key: string): string => UNITS[key.slice(key.lastIndexOf('_') + 1)] ?? ''

export const settled = (one: Case): boolean => one.state === 'closed' || one.state === 'withdrawn_by_data'
