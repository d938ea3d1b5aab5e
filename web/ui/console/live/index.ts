import { ref, shallowRef } from 'vue'
import { productNow, setClock } from './clock'
import { Fleet } from './fleet'
import { LiveSocket, type Link, type LiveEvent } from './socket'

/** The one fleet of this page; `tick` changes when it does. */
export const fleet = new Fleet()
export const tick = ref(0)
/** Changes when cars get or change their names. */
export const names = ref(0)
export const link = ref<Link>('connecting')
export const lastEvent = shallowRef<LiveEvent | null>(null)

type Listener = () => void
const onChange = new Set<Listener>()
const onFrame = new Set<Listener>()
/** Call when orders or requests may have changed: an event, or a gap in the events. */
export const whenChanged = (listener: Listener): Listener => (onChange.add(listener), () => onChange.delete(listener))
/** Call after each frame, outside Vue. */
export const whenMoved = (listener: Listener): Listener => (onFrame.add(listener), () => onFrame.delete(listener))

const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`
export const socket = new LiveSocket(url, {
  welcome: (message) => setClock(message.now, message.speed, message.scenario),
  cars(rows) { fleet.name(rows); names.value++; tick.value++ },
  frame(buffer) {
    const header = fleet.apply(buffer, productNow())
    tick.value++
    for (const listener of onFrame) listener()
    return header.tick
  },
  clock: (now, speed) => setClock(now, speed),
  event(event) { lastEvent.value = event; for (const listener of onChange) listener() },
  resync() { for (const listener of onChange) listener() },
  link(state) { link.value = state },
})

const AGE_EVERY_MS = 10_000

/** Connect, and pause while the page is hidden; ages grow also when nothing comes. */
export function startLive(): void {
  socket.open()
  document.addEventListener('visibilitychange', () => socket.look({ paused: document.hidden }))
  setInterval(() => { if (!document.hidden) for (const listener of onFrame) listener() }, AGE_EVERY_MS)
}
