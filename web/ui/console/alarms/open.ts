import { computed, ref, shallowRef } from 'vue'
import { ApiError, get, list } from '@/shared/api'
import { lastEvent, whenChanged } from '../live'
import type { Case } from './model'

/** Cases that nobody has settled yet: for the badge and the map of every page. */
export const openCases = shallowRef<Case[]>([])
export const openCounts = ref<Record<string, number>>({})
export const openTotal = computed(() => Object.values(openCounts.value).reduce((sum, n) => sum + n, 0))
/** Grows with every reading, so that a list can follow. */
export const openRead = ref(0)

const EVERY_MS = 60_000
/** Many alarms at once are one reading. */
const AFTER_MS = 400
let timer: ReturnType<typeof setTimeout> | undefined
let started = false

async function read(): Promise<void> {
  try {
    [openCounts.value, openCases.value] = await Promise.all([get<Record<string, number>>('/alarms/counts'), list<Case>('/alarms', { open: true, limit: 200 }, 5)])
    openRead.value++
  } catch (error) {
    // The pages themselves say what is wrong; the badge keeps what it knows.
    if (!(error instanceof ApiError)) throw error
  }
}
export function readSoon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void read(), AFTER_MS)
}

/** Begin to follow the alarms that this person may see; at each alarm event, and once a minute besides. */
export function followAlarms(): void {
  if (started) return
  started = true
  readSoon()
  let heard = lastEvent.value
  whenChanged(() => {
    // Called without a new event, events were missed: any of them may have been an alarm.
    const missed = lastEvent.value === heard
    heard = lastEvent.value
    if (missed || heard?.kind.startsWith('alarm.')) readSoon()
  })
  setInterval(() => { if (!document.hidden) void read() }, EVERY_MS)
}
