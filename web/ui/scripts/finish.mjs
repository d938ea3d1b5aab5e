// After a build: the bytes a browser loads before it can work (gzip -9) against the budgets in kB; a .gz beside each file;
// /setup is the sign-in page under another address.
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = { driver: 60, portal: 200, console: 650, 'sign-in': 60 }
/** What an entry loads at once though its code asks for it later. */
const AT_ONCE = { console: ['console/map/FleetMap.vue'] }
const COMPRESSED = /\.(js|mjs|css|html|svg|json|geojson|webmanifest)$/

const out = fileURLToPath(new URL('../../static/', import.meta.url))
const manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8'))
const packed = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 })

/** Files of a chunk: itself, what it imports, their styles, and assets such as MapLibre's worker. */
function files(key, seen = new Set()) {
  const chunk = manifest[key]
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) seen.add(file)
  for (const next of chunk.imports ?? []) if (!seen.has(manifest[next].file)) files(next, seen)
  return seen
}

let over = false
for (const [entry, budget] of Object.entries(BUDGET_KB)) {
  const all = files(`${entry}/index.html`)
  for (const key of AT_ONCE[entry] ?? []) files(key, all)
  const kb = [...all].reduce((sum, file) => sum + packed(file).length, 0) / 1000
  over ||= kb > budget
  console.log(`${entry.padEnd(8)} ${kb.toFixed(1).padStart(7)} kB gzip of ${budget}${kb > budget ? '  OVER' : ''}`)
}
cpSync(join(out, 'sign-in'), join(out, 'setup'), { recursive: true })
for (const file of readdirSync(out, { recursive: true })) if (COMPRESSED.test(file)) writeFileSync(join(out, `${file}.gz`), packed(file))
rmSync(join(out, '.vite'), { recursive: true })
process.exit(over ? 1 : 0)
