import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** The service worker of the driver app: its files from the cache, everything else from the network. */
const source = (version: string, files: string[]): string => `// Built. Keeps the phone app usable without a network; the outbox is in IndexedDB, not here.
const CACHE = 'driver-${version}'
const FILES = ${JSON.stringify(files)}
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const key of await caches.keys()) if (key.startsWith('driver-') && key !== CACHE) await caches.delete(key)
    await self.clients.claim()
  })())
})
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/api/')) return
  const page = event.request.mode === 'navigate'
  if (!page && !FILES.includes(url.pathname)) return
  event.respondWith(caches.match(page ? '/driver/' : url.pathname).then((hit) => hit ?? fetch(event.request)))
})
`

/** Emits driver/sw.js with the list of files that the driver entry needs. */
export function driverServiceWorker(): Plugin {
  return {
    name: 'driver-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const needed = new Set<string>()
      const visit = (name: string): void => {
        if (needed.has(name)) return
        needed.add(name)
        const chunk = bundle[name]
        if (chunk?.type !== 'chunk') return
        chunk.viteMetadata?.importedCss.forEach((css) => needed.add(css))
        chunk.imports.forEach(visit)
      }
      for (const [name, chunk] of Object.entries(bundle))
        if (chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'driver') visit(name)
      const files = ['/driver/', '/driver/manifest.webmanifest', '/favicon.svg', ...[...needed].sort().map((f) => `/${f}`)]
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12)
      this.emitFile({ type: 'asset', fileName: 'driver/sw.js', source: source(version, files) })
    },
  }
}
