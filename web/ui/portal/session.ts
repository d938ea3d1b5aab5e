import { reactive, shallowRef } from 'vue'
import { ApiError, get, list, signIn } from '@/shared/api'
import type { Me, Place, Unit } from '@/shared/types'

export const me = shallowRef<Me | null>(null)
export const units = shallowRef<Unit[]>([])
export const places = shallowRef<Place[]>([])
/** One message at a time, at the foot of the page. */
export const notice = reactive({ text: '', bad: false })

export const has = (...roles: string[]): boolean => me.value?.roles.some((grant) => roles.includes(grant.role)) ?? false

export function tell(text: string): void { Object.assign(notice, { text, bad: false }) }
/** Say what the server refused; a lost session goes to the sign-in page. Bugs are not swallowed. */
export function complain(error: unknown): void {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return signIn()
  Object.assign(notice, { text: error.message, bad: true })
}

/** The product time of the server, ms: in a scenario it is not this computer's. */
let offset = { product: Date.now(), page: performance.now(), speed: 1 }
export const productNow = (): number => offset.product + (performance.now() - offset.page) * offset.speed

export async function loadSession(): Promise<void> {
  const [who, all, spots] = await Promise.all([get<Me>('/me'), list<Unit>('/units'), list<Place>('/places')])
  const mine = new Set(who.roles.filter((grant) => ['requester', 'unit_admin', 'unit_approver'].includes(grant.role)).map((grant) => grant.unit_id))
  units.value = all.filter((unit) => mine.has(unit.id))
  places.value = spots
  offset = { product: Date.parse(who.now), page: performance.now(), speed: who.speed }
  me.value = who
}
