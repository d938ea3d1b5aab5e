import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Kind } from './steps'

/** One tap of the driver, complete in itself: its key is made at the tap, so sending it twice is one check-in. */
export interface Entry {
  key: string
  /** The phone's own order of taps; clocks jump, this does not. */
  counter: number
  orderId: number
  kind: Kind
  takenAt: string
  odometerM?: number
  lon?: number
  lat?: number
  amountFen?: number
  note?: string
  photo?: Blob
  /** Not sent before this moment of the phone (ms), so that it can be undone. */
  heldUntil: number
  /** Why the server refused it; such an entry needs a person and holds up nobody. */
  refused?: string
}
export type Tap = Omit<Entry, 'counter' | 'refused'>
/** stored: done. refused: never will be. later: try again, keep the order. */
export type Outcome = { result: 'stored' } | { result: 'refused'; why: string } | { result: 'later' }
export type Send = (entry: Entry) => Promise<Outcome>

interface Schema extends DBSchema {
  outbox: { key: number; value: Entry }
  kept: { key: string; value: unknown }
}

/** The check-ins that the server has not yet confirmed, in IndexedDB: they survive reload, crash and sign-out. */
export class Outbox {
  private flushing: Promise<void> | null = null
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = 'gongche-driver'): Promise<Outbox> {
    return new Outbox(await openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore('outbox', { keyPath: 'counter' })
        db.createObjectStore('kept')
      },
    }))
  }

  /** Store a tap under the next number; both in one transaction, so no number is given twice. */
  async add(tap: Tap): Promise<Entry> {
    const work = this.db.transaction(['outbox', 'kept'], 'readwrite')
    const last = ((await work.objectStore('kept').get('counter')) as number | undefined) ?? 0
    const entry = { ...tap, counter: last + 1 }
    await Promise.all([work.objectStore('kept').put(last + 1, 'counter'), work.objectStore('outbox').add(entry), work.done])
    return entry
  }

  /** All that waits, in the order of the taps. */
  entries(): Promise<Entry[]> { return this.db.getAll('outbox') }

  /** Take a tap back, or throw a refused one away. */
  async remove(counter: number): Promise<void> { await this.db.delete('outbox', counter) }

  /** Let a refused entry be sent once more. */
  async retry(counter: number): Promise<void> {
    const entry = await this.db.get('outbox', counter)
    if (!entry) return
    const { refused: _, ...again } = entry
    await this.db.put('outbox', again)
  }

  /** Remember a value for times without network, such as the orders last seen. */
  async keep(name: string, value: unknown): Promise<void> { await this.db.put('kept', value, name) }
  async kept<T>(name: string): Promise<T | undefined> { return (await this.db.get('kept', name)) as T | undefined }

  close(): void { this.db.close() }

  /**
   * Send what waits, oldest first, one at a time. Stops at the first that is still held or that the network
   * lost, since the next must not overtake it; steps over those the server refused.
   * A call while one runs waits for that one.
   */
  async flush(send: Send, now: () => number): Promise<void> {
    this.flushing ??= this.run(send, now).finally(() => { this.flushing = null })
    await this.flushing
  }

  private async run(send: Send, now: () => number): Promise<void> {
    for (const entry of await this.entries()) {
      if (entry.refused !== undefined) continue
      if (entry.heldUntil > now()) return
      if ((await this.db.getKey('outbox', entry.counter)) === undefined) continue
      const outcome = await send(entry)
      if (outcome.result === 'later') return
      if (outcome.result === 'stored') await this.remove(entry.counter)
      else await this.db.put('outbox', { ...entry, refused: outcome.why })
    }
  }
}
