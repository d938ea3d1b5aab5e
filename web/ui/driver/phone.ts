import { computed, reactive, ref, shallowRef } from 'vue'
import { ApiError, call, freshKey, get } from '@/shared/api'
import type { Me, MyChange, MyOrder } from '@/shared/types'
import { Outbox, type Entry, type Outcome } from './outbox'
import type { Kind } from './steps'

const HOLD_MS = 10_000
const RETRY_MS = 15_000
const FRESH_MS = 60_000

interface Anchor { product: number; at: number; speed: number }
export const orders = shallowRef<MyOrder[] | null>(null)
/** What others took back and the driver has not read yet. */
export const changes = shallowRef<MyChange[]>([])
export const entries = shallowRef<Entry[]>([])
export const state = reactive({ online: navigator.onLine, signedOut: false, name: '' })
/** The last tap, while it can be undone. */
export const undoable = shallowRef<Entry | null>(null)
export const left = ref(0)
export const waiting = computed(() => entries.value.filter((entry) => entry.refused === undefined))
export const refused = computed(() => entries.value.filter((entry) => entry.refused !== undefined))

let box: Outbox
/** Set only in a simulated city, whose time is not the phone's. */
let scenario: Anchor | null = null
let place: GeolocationPosition | null = null

const takenAt = (): string =>
  new Date(scenario ? scenario.product + (Date.now() - scenario.at) * scenario.speed : Date.now()).toISOString()

async function reread(): Promise<void> { entries.value = await box.entries() }

/** Orders and name from the server, else those last seen. */
async function load(): Promise<void> {
  try {
    const [me, mine, gone] = await Promise.all([get<Me>('/me'), get<MyOrder[]>('/my/orders'), get<MyChange[]>('/my/changes')])
    Object.assign(state, { online: true, signedOut: false, name: me.name })
    scenario = me.scenario ? { product: Date.parse(me.now), at: Date.now(), speed: me.speed } : null
    orders.value = mine
    const read = (await box.kept<number[]>('readLegs')) ?? []
    changes.value = gone.filter((one) => !read.includes(one.leg_id))
    await box.keep('orders', orders.value)
    await box.keep('scenario', scenario)
    await box.keep('name', me.name)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    state.signedOut = error.status === 401
    state.online = error.status !== 0
    orders.value ??= (await box.kept<MyOrder[]>('orders')) ?? []
    state.name ||= (await box.kept<string>('name')) ?? ''
    scenario ??= (await box.kept<Anchor>('scenario')) ?? null
  }
}

function bodyOf(entry: Entry): Record<string, string | number> {
  const all = {
    client_key: entry.key, kind: entry.kind, taken_at: entry.takenAt, counter: entry.counter,
    odometer_m: entry.odometerM, lon: entry.lon, lat: entry.lat, amount_fen: entry.amountFen, note: entry.note,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string | number>
}

/** Lost network, a lost session, too many at once and a failing server are no answer; any other refusal is one. */
async function send(entry: Entry): Promise<Outcome> {
  const path = `/my/orders/${entry.orderId}/check-ins`
  const body = bodyOf(entry)
  try {
    if (entry.photo) {
      const form = new FormData()
      for (const [name, value] of Object.entries(body)) form.set(name, String(value))
      form.set('photo', entry.photo, 'receipt.jpg')
      await call('POST', path, undefined, { form })
    } else {
      await call('POST', path, body)
    }
    state.online = true
    return { result: 'stored' }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    state.signedOut = error.status === 401
    state.online = error.status !== 0
    const later = error.status === 0 || error.status >= 500 || [401, 408, 425, 429].includes(error.status)
    return later ? { result: 'later' } : { result: 'refused', why: error.message }
  }
}

/** Send what waits; after that the server's word counts again. */
export async function flush(): Promise<void> {
  const before = entries.value.length
  await box.flush(send, Date.now)
  await reread()
  if (entries.value.length < before || waiting.value.length === 0) await load()
}

let beat: ReturnType<typeof setInterval> | undefined
function countDown(entry: Entry): void {
  clearInterval(beat)
  undoable.value = entry
  const tick = (): void => {
    left.value = Math.max(0, Math.ceil((entry.heldUntil - Date.now()) / 1000))
    if (left.value > 0) return
    clearInterval(beat)
    undoable.value = null
    void flush()
  }
  beat = setInterval(tick, 250)
  tick()
}

export type Facts = Partial<Pick<Entry, 'odometerM' | 'amountFen' | 'note' | 'photo'>>
/** A tap: kept on the phone first, sent when its ten seconds are over. A tap before it is thereby confirmed. */
export async function tap(orderId: number, kind: Kind, facts: Facts = {}): Promise<void> {
  const here = place && Date.now() - place.timestamp < FRESH_MS ? { lon: place.coords.longitude, lat: place.coords.latitude } : {}
  const entry = await box.add({ key: freshKey(), orderId, kind, takenAt: takenAt(), heldUntil: Date.now() + HOLD_MS, ...here, ...facts })
  await reread()
  countDown(entry)
}
export async function undo(): Promise<void> {
  if (!undoable.value) return
  clearInterval(beat)
  await box.remove(undoable.value.counter)
  undoable.value = null
  await reread()
}
/** The driver has read that an order is gone; by its leg, as an order may come back and go again. */
export async function noted(change: MyChange): Promise<void> {
  const read = (await box.kept<number[]>('readLegs')) ?? []
  await box.keep('readLegs', [...read, change.leg_id].slice(-100))
  changes.value = changes.value.filter((one) => one !== change)
}
export async function again(entry: Entry): Promise<void> { await box.retry(entry.counter); await flush() }
export async function drop(entry: Entry): Promise<void> { await box.remove(entry.counter); await reread() }

/** Open the outbox, show what is known, and from then on send whenever there is hope. */
export async function start(): Promise<void> {
  box = await Outbox.open()
  await reread()
  const last = waiting.value.at(-1)
  if (last && last.heldUntil > Date.now()) countDown(last)
  await load()
  await flush()
  const hope = (): void => { if (!document.hidden) void flush() }
  window.addEventListener('online', hope)
  window.addEventListener('offline', () => { state.online = false })
  document.addEventListener('visibilitychange', hope)
  setInterval(hope, RETRY_MS)
  if ('geolocation' in navigator && window.isSecureContext)
    navigator.geolocation.watchPosition((position) => { place = position }, () => undefined, { maximumAge: FRESH_MS })
}
