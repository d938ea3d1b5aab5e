import { shallowRef, ref, type Ref, type ShallowRef } from 'vue'
import { get, post } from '@/shared/api'
import type { Plan as Brief } from '@/shared/types'
import { complain } from '../feedback'
import type { Facts } from './reasons'

/** How far a plan is that is being made. */
export interface Progress { phase: string; seconds: number; unserved?: number; rentals?: number; fen?: number; bound_fen?: number | null; gap?: number | null }
export interface PlanBound { kind: string; unserved: number; rentals: number; fen: number | null; at_levels: number | null }
export interface PlannedTrip { request_id: number; unit_name: string; from_name: string; to_name: string; depart_at: string; return_at: string; passengers: number }
export interface Assigned { request_id: number; pool_id: number; plate: string; vehicle_pool_id: number; driver_name: string; chain: boolean; ride?: { first: number; parties: number; on_at: string; off_at: string } }
/** An order that nobody accepted yet, on its way to another car or driver. */
export interface PlannedMove extends Assigned { order_id: number; order_no: string; from_vehicle_id: number; from_plate: string | null; vehicle_id: number; start_at: string }
export interface Rented { request_id: number; pool_id: number; firm_id: number }
export interface Left { request_id: number; pool_id: number; reason: string }
/** What became of a plan that was put into orders. */
export interface Outcome { assigned: number; shared?: number; moved?: number; rented: number; own_after_all: number; conflicts: { request_id: number; code: string; message: string }[] }
export interface Plan extends Omit<Brief, 'assignments'> {
  progress: Progress | null; stopping: boolean; costs: Record<string, number> | null; bound: PlanBound | null; bound_seconds: number | null; outcome: Outcome | null
  trips: PlannedTrip[]; may_move: boolean; assignments: Assigned[]; moves: PlannedMove[]; rented: Rented[]; unserved_reasons: Left[]
}
export interface Choice {
  vehicle_id: number; plate: string; pool_id: number | null; driver_name: string | null; start_s: number; costs: Record<string, number>
  fen: number; dearer_fen: number; deadhead_m: number; new_duty: boolean; shares: number[]; chosen: boolean
}
export interface Refused { vehicle_id: number; plate: string; pool_id: number | null; rule: string; facts: Facts }
export interface Forced { plate: string; fen: number; moves: { request_id: number; from_plate: string; to_plate: string; fen: number }[]; others: number }
export interface Whole { plate: string; driver_name: string | null; with_requests: number[]; costs: Record<string, number>; fen: number }
export interface Explanation {
  request_id: number; shared_with: number[]; pool_id: number; served_by: number | null; epoch: number; alternatives: Choice[]; refused: Refused[]; forced: Forced | null; whole: Whole | null
  is_rented: boolean; rentals: number; least_rentals: number; others: { request_id: number; depart_at: string; unit_name: string | null }[]
}
export interface Place { kind: string; name: string | null; start_s: number | null }
export interface Changes {
  before: number | null; asked_at: string | null; kept: number; moved: number; new: number; gone: number
  saves: { unserved: number; rentals: number; fen: number } | null; moves: { request_id: number; here: Place; there: Place }[]; trips: PlannedTrip[]
}

const POLL_MS = 500
export const isGoing = (plan: Plan | null): boolean => plan !== null && ['waiting', 'running'].includes(plan.state)

/** One plan after another, asked for and followed until it is made. */
export function usePlanning(): { plan: ShallowRef<Plan | null>; asking: Ref<boolean>; ask: (day: string, days: number, seconds: number, mayMove: boolean) => Promise<void>; last: (day: string) => Promise<void>; stop: () => Promise<void>; apply: () => Promise<boolean>; leave: () => void } {
  const plan = shallowRef<Plan | null>(null)
  const asking = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function follow(id: number): Promise<void> {
    try {
      plan.value = await get<Plan>(`/plans/${id}`)
      if (isGoing(plan.value)) timer = setTimeout(() => void follow(id), POLL_MS)
    } catch (error) {
      complain(error)
    }
  }
  async function ask(day: string, days: number, seconds: number, mayMove: boolean): Promise<void> {
    asking.value = true
    clearTimeout(timer)
    try {
      const { id } = await post<{ id: number }>('/plans', { day, days, seconds, apply: false, may_move: mayMove })
      await follow(id)
    } catch (error) {
      complain(error)
    } finally {
      asking.value = false
    }
  }
  /** Show the newest plan of a day, if there is one. */
  async function last(day: string): Promise<void> {
    try {
      const newest = (await get<{ items: { id: number }[] }>('/plans', { day })).items[0]
      if (newest) await follow(newest.id)
      else plan.value = null
    } catch (error) {
      complain(error)
    }
  }
  async function stop(): Promise<void> {
    if (!plan.value) return
    const { id } = plan.value
    try {
      plan.value = await post<Plan>(`/plans/${id}/stop`)
    } catch (error) {
      complain(error)
    }
  }
  async function apply(): Promise<boolean> {
    if (!plan.value) return false
    try {
      plan.value = await post<Plan>(`/plans/${plan.value.id}/apply`)
      return true
    } catch (error) {
      complain(error)
      return false
    }
  }
  return { plan, asking, ask, last, stop, apply, leave: () => clearTimeout(timer) }
}
