import { computed, ref, shallowRef } from 'vue'

interface Anchor { product: number; page: number; speed: number; scenario: boolean }
const anchor = shallowRef<Anchor>({ product: Date.now(), page: performance.now(), speed: 1, scenario: false })
const beat = ref(0)
setInterval(() => beat.value++, 1000)

/** Take the product clock as the server told it; whether it is a scenario's never changes. */
export function setClock(now: string, speed: number, scenario = anchor.value.scenario): void {
  anchor.value = { product: Date.parse(now), page: performance.now(), speed, scenario }
}

/** The product time now, ms since 1970 UTC. */
export const productNow = (): number =>
  anchor.value.product + (performance.now() - anchor.value.page) * anchor.value.speed

/** The product time as the page shows it, moving once a second. */
export const now = computed(() => { void beat.value; return productNow() })
export const scenario = computed(() => anchor.value.scenario)
export const speed = computed(() => anchor.value.speed)
