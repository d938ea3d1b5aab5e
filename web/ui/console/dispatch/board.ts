import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { call, get, list } from '@/shared/api'
import { dayOf } from '@/shared/time'
import type { Alternative, Candidates, GanttRow, Leg, Order, TripRequest } from '@/shared/types'
import { complain } from '../feedback'
import { now } from '../live/clock'
import { mayOpen } from '../session'

/** What the dispatcher may look at in the queue, and the request states that each view asks for. */
export const VIEWS = { todo: ['approved'], pending: ['submitted', 'unit_approved'], running: ['assigned'], over: ['completed', 'rejected', 'cancelled', 'expired'] } as const
export type ViewName = keyof typeof VIEWS

/** The one selection of the screen: queue, map and Gantt all show it. */
export const selected = reactive<{ requestId: number | null; vehicleId: number | null; orderId: number | null }>({ requestId: null, vehicleId: null, orderId: null })
export const view = ref<ViewName>('todo')
export const pool = ref<number | null>(null)
export const search = ref('')
export const day = ref(dayOf(now.value))
export const panel = ref<'none' | 'assign' | 'request' | 'vehicle' | 'order'>('none')

export const requests = shallowRef<TripRequest[]>([])
export const counts = shallowRef<Partial<Record<ViewName, number>>>({})
export const gantt = shallowRef<GanttRow[]>([])
export const loading = ref(false)
export const order = shallowRef<Order | null>(null)
export const candidates = shallowRef<Candidates | null>(null)

const matches = (request: TripRequest, text: string): boolean =>
  [request.unit_name, request.lead_passenger, request.purpose_text, request.from_place.name, request.to_place.name,
    request.order?.plate, request.order?.driver_name, request.order?.order_no].some((part) => part?.toLowerCase().includes(text))

/** The queue as shown. */
export const queue = computed(() => {
  const text = search.value.trim().toLowerCase()
  return requests.value.filter((request) => (pool.value === null || request.pool_id === pool.value) && (!text || matches(request, text)))
})
export const request = computed(() => requests.value.find((one) => one.id === selected.requestId) ?? order.value?.request ?? null)

/** What waits comes in the server's order, the past newest first, the rest by departure. */
async function requestsOf(name: ViewName): Promise<TripRequest[]> {
  if (name === 'todo') return list<TripRequest>('/requests', { queue: true })
  const found = await list<TripRequest>('/requests', { state: VIEWS[name] }, name === 'over' ? 1 : 10)
  return name === 'over' ? found : found.sort((a, b) => a.depart_at.localeCompare(b.depart_at))
}

/** Read queue and Gantt anew; the newest answer wins. */
let turn = 0
export async function refresh(): Promise<void> {
  if (!day.value) return
  const mine = ++turn
  loading.value = true
  try {
    const [items, rows] = await Promise.all([requestsOf(view.value), get<{ vehicles: GanttRow[] }>(`/gantt?day=${day.value}`)])
    if (mine !== turn) return
    requests.value = items
    counts.value = { ...counts.value, [view.value]: items.length }
    gantt.value = rows.vehicles
  } catch (error) {
    complain(error)
  } finally {
    if (mine === turn) loading.value = false
  }
}
watch([view, day], () => { if (mayOpen('dispatch')) void refresh() })
/** Who looks at today goes on to tomorrow at midnight, and to the scenario's day when its clock is known. */
watch(() => dayOf(now.value), (today, before) => { if (day.value === before) day.value = today }, { flush: 'sync' })

const EVERY_MS = 2000
let waiting = false
/** Refresh soon, and not more often than every 2 s however many events come. */
export function refreshSoon(): void {
  if (waiting) return
  waiting = true
  setTimeout(() => { waiting = false; void refresh() }, EVERY_MS)
}

/** The leg of a car that holds now, else its next one today. */
export function legNow(vehicleId: number): Leg | null {
  const legs = gantt.value.find((row) => row.vehicle_id === vehicleId)?.legs ?? []
  const alive = legs.filter((leg) => leg.order_id !== null && leg.status !== 'displaced' && leg.status !== 'cancelled')
  return alive.find((leg) => leg.status === 'running')
    ?? alive.find((leg) => Date.parse(leg.to) > now.value && leg.status !== 'done') ?? null
}

export async function selectOrder(id: number): Promise<void> {
  selected.orderId = id
  panel.value = 'order'
  try {
    order.value = await get<Order>(`/orders/${id}`)
    selected.requestId = order.value.request_id
    selected.vehicleId = order.value.vehicle_id
    day.value = dayOf(order.value.depart_at)
  } catch (error) {
    complain(error)
  }
}

export function selectRequest(one: TripRequest): void {
  if (one.order) return void selectOrder(one.order.id)
  Object.assign(selected, { requestId: one.id, vehicleId: null, orderId: null })
  order.value = null
  candidates.value = null
  panel.value = 'request'
}

export function selectVehicle(vehicleId: number): void {
  const leg = legNow(vehicleId)
  Object.assign(selected, { requestId: null, vehicleId, orderId: leg?.order_id ?? null })
  order.value = null
  panel.value = 'vehicle'
}

export function closePanel(): void {
  Object.assign(selected, { requestId: null, vehicleId: null, orderId: null })
  panel.value = 'none'
  candidates.value = null
  order.value = null
}

/** Ask who could serve the selected request. */
export async function openAssign(): Promise<void> {
  const id = selected.requestId
  if (id === null || request.value?.state !== 'approved') return
  panel.value = 'assign'
  candidates.value = null
  try {
    const answer = await get<Candidates>(`/requests/${id}/candidates`)
    if (selected.requestId === id) candidates.value = answer
  } catch (error) {
    complain(error)
  }
}

/** The last assignment, while it can be undone. */
export const undoable = shallowRef<{ orderId: number; orderNo: string } | null>(null)

export async function assign(one: Alternative, key: string): Promise<Order> {
  const id = selected.requestId
  const made = await call<Order>('POST', `/requests/${id}/assign`, { vehicle_id: one.vehicle_id, driver_id: one.driver_id, chain: one.chain, version: request.value?.version }, { key })
  undoable.value = { orderId: made.id, orderNo: made.order_no }
  await refresh()
  return made
}
