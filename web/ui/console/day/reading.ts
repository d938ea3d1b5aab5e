import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiError, get } from '@/shared/api'
import { complain } from '../feedback'

export interface Stretch { vehicleId: number; from: number; to: number }

/** What the server says of a vehicle over a stretch of time; null until it has answered, or if it refused. */
export function useReading<T>(what: string, stretch: () => Stretch): { said: ShallowRef<T | null>; waiting: Ref<boolean> } {
  const said = shallowRef<T | null>(null)
  const waiting = ref(false)
  let asked = 0
  watch(stretch, async ({ vehicleId, from, to }) => {
    const mine = ++asked
    said.value = null; waiting.value = true
    try {
      const answer = await get<T>(`/vehicles/${vehicleId}/${what}`, { from: new Date(from).toISOString(), to: new Date(to).toISOString() })
      if (mine === asked) said.value = answer
    } catch (error) {
      // The page itself says that another platform's vehicle is not shown.
      if (mine === asked && !(error instanceof ApiError && error.status === 404)) complain(error)
    } finally {
      if (mine === asked) waiting.value = false
    }
  }, { immediate: true })
  return { said, waiting }
}
