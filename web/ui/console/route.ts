import { reactive, watch } from 'vue'

export const PAGES = ['dispatch', 'alarms', 'track', 'fences', 'costs', 'devices', 'quarantine', 'status'] as const
export type PageName = (typeof PAGES)[number]

/** The page and its filters live in the fragment, so that what one sees can be sent as a link. */
export const route = reactive<{ page: PageName; query: Record<string, string> }>({ page: 'dispatch', query: {} })

function read(): void {
  const [name = '', text = ''] = location.hash.replace(/^#\/?/, '').split('?')
  route.page = PAGES.find((page) => page === name) ?? 'dispatch'
  route.query = Object.fromEntries(new URLSearchParams(text))
}

const text = (): string => {
  const query = new URLSearchParams(Object.entries(route.query).filter(([, value]) => value !== ''))
  return `#/${route.page}${query.size ? `?${query}` : ''}`
}

export function startRoute(): void {
  read()
  window.addEventListener('hashchange', read)
  watch(route, () => { if (location.hash !== text()) history.replaceState(null, '', text()) }, { deep: true })
}

/** Change filters of this page; '' removes one. */
export function setQuery(change: Record<string, string>): void {
  route.query = { ...route.query, ...change }
}
