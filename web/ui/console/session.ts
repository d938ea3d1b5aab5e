import { shallowRef } from 'vue'
import { ApiError, get, list, post, signIn } from '@/shared/api'
import type { Me, Pool, Vehicle } from '@/shared/types'
import { setClock } from './live/clock'
import type { PageName } from './route'

/** Who is signed in, and the registers that every page needs. */
export const me = shallowRef<Me | null>(null)
export const pools = shallowRef<Pool[]>([])
export const vehicles = shallowRef<Map<number, Vehicle>>(new Map())

export const poolName = (id: number | null | undefined): string => pools.value.find((pool) => pool.id === id)?.name ?? ''
/** Where space is short: 宣城市 for 宣城市公务用车平台. */
export const poolShort = (id: number | null | undefined): string => poolName(id).replace(/公务用车(服务)?平台$/, '')
export const mayDispatch = (): boolean => has('dispatcher', 'city_dispatcher')
export const has = (...roles: string[]): boolean => me.value?.roles.some((grant) => roles.includes(grant.role)) ?? false

/** Who may open which page; the server decides again at each call. */
const OPEN: Record<PageName, string[] | null> = {
  dispatch: ['dispatcher', 'city_dispatcher', 'fleet_manager', 'supervisor', 'accountant', 'authority_reviewer'],
  costs: ['accountant', 'fleet_manager', 'supervisor', 'competent_admin'],
  alarms: ['dispatcher', 'city_dispatcher', 'fleet_manager', 'supervisor', 'competent_admin'],
  track: ['dispatcher', 'city_dispatcher', 'fleet_manager', 'supervisor'],
  fences: ['dispatcher', 'city_dispatcher', 'fleet_manager', 'supervisor', 'competent_admin'],
  quarantine: ['fleet_manager', 'system_admin', 'supervisor'],
  devices: ['fleet_manager', 'system_admin', 'supervisor'],
  status: null,
}
export const mayOpen = (page: PageName): boolean => { const roles = OPEN[page]; return roles === null || has(...roles) }
/** Administrators see no business data, so there is no live link for them either. */
export const hears = (): boolean => mayOpen('dispatch') || mayOpen('costs')

/** Empty where this person may not read it: then the page that needs it says so. */
const optional = <T>(path: string): Promise<T[]> =>
  list<T>(path).catch((error: unknown) => {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return []
    throw error
  })

/** Load the session; without one, go and sign in. */
export async function loadSession(): Promise<void> {
  try {
    me.value = await get<Me>('/me')
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signIn()
    throw error
  }
  setClock(me.value.now, me.value.speed, me.value.scenario)
  const [poolList, cars] = await Promise.all([list<Pool>('/pools'), optional<Vehicle>('/vehicles')])
  pools.value = poolList
  vehicles.value = new Map(cars.map((car) => [car.id, car]))
}

export async function signOut(): Promise<void> {
  await post('/sign-out')
  location.href = '/sign-in'
}
