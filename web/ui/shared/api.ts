import { catalog } from './i18n'
import { refusalText } from './refusals'
import type { Page } from './types'

const t = catalog({
  network: ['无法连接服务器，请检查网络', 'The server cannot be reached: check the network'],
  unreadable: ['服务器的答复无法识别（{status}）', 'The answer of the server makes no sense ({status})'],
})

/** What the server refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly facts: Record<string, unknown> = {}) {
    super(message)
  }
}

export interface CallOptions { key?: string; signal?: AbortSignal; form?: FormData }
const BASE = '/api/v1'

async function refusal(answer: Response): Promise<ApiError> {
  try {
    const body = (await answer.json()) as { code: string; message: string; facts?: Record<string, unknown> }
    return new ApiError(answer.status, body.code, refusalText(body.code, body.message), body.facts)
  } catch {
    return new ApiError(answer.status, 'unreadable', t('unreadable', { status: answer.status }))
  }
}

/**
 * One call of the API. `key` makes a write repeatable (Idempotency-Key).
 * Throws ApiError, with status 0 when the server cannot be reached.
 */
export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (options.key) headers['idempotency-key'] = options.key
  if (body !== undefined) headers['content-type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(BASE + path, {
      method, headers, signal: options.signal ?? null,
      body: options.form ?? (body === undefined ? null : JSON.stringify(body)),
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'network', t('network'))
  }
  if (!answer.ok) throw await refusal(answer)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path + queryText(query), undefined, signal ? { signal } : {})
export const post = <T>(path: string, body: unknown = {}, key?: string): Promise<T> =>
  call<T>('POST', path, body, key ? { key } : {})

type One = string | number | boolean | null | undefined
type Query = Record<string, One | readonly string[]>

/** ?a=1&b=2&b=3 of what is set; a list becomes repeated names. */
export function queryText(query: Query): string {
  const all = Object.entries(query).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one: One) => [name, one] as const))
  const set = all.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return set.length ? `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}` : ''
}

/** The items of a list; follows `next` for at most so many pages. */
export async function list<T>(path: string, query: Query = {}, pages = 50): Promise<T[]> {
  const items: T[] = []
  let cursor: number | string | null = null
  for (let page = 0; page < pages; page++) {
    const answer: Page<T> = await get(path, cursor ? { ...query, cursor } : query)
    items.push(...answer.items)
    cursor = answer.next
    if (!cursor) break
  }
  return items
}

/** Go and sign in, then come back here. */
export function signIn(): void {
  location.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.hash)}`
}

/** A fresh key for a write; also where the page has no secure context. */
export function freshKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}
