import type { CarRow } from './fleet'

export interface View { bbox: [number, number, number, number] | null; pools: number[] | null; states: string[] | null; hz: number; paused: boolean }
export interface LiveEvent { seq: number; kind: string; pool_id: number | null; vehicle_id: number | null; at: string; d: Record<string, unknown> }
export interface Welcome { epoch: string; seq: number; now: string; speed: number; scenario: boolean }
export type Link = 'connecting' | 'open' | 'waiting' | 'signed-out'

/** What the console does with what the socket brings. */
export interface LiveSink {
  welcome(message: Welcome): void
  cars(rows: CarRow[]): void
  /** Takes a binary frame and answers its tick. */
  frame(buffer: ArrayBuffer): number
  event(event: LiveEvent): void
  /** The product clock was stepped, or runs at another speed. */
  clock(now: string, speed: number): void
  /** Events were missed: read the lists anew. */
  resync(): void
  link(state: Link): void
}

type Message =
  | ({ t: 'welcome' } & Welcome)
  | { t: 'snapshot'; vehicles: CarRow[] }
  | { t: 'handles'; rows: CarRow[] }
  | ({ t: 'event' } & LiveEvent)
  | { t: 'resync'; reason: string }
  | { t: 'skip'; seq: number }
  | { t: 'clock'; now: string; speed: number }
  | { t: 'pong' }
  | { t: 'bye'; retry_ms?: number }

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const PING_MS = 20_000

/** Wait before the nth try again: doubling, at most 30 s, with jitter so that consoles do not come back together. */
export const backoff = (failures: number, random: () => number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + random() / 2)

/**
 * One live.v1 connection that stays: it comes back after every loss, resumes events by epoch and seq,
 * acknowledges each frame after it is applied (that is the credit for the next), and pauses while the page is hidden.
 */
export class LiveSocket {
  private socket: WebSocket | null = null
  private since: { epoch: string; seq: number } | null = null
  private failures = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private ping: ReturnType<typeof setInterval> | undefined
  private silent = 0
  private closed = false
  private view: View = { bbox: null, pools: null, states: null, hz: 2, paused: false }

  constructor(private readonly url: string, private readonly sink: LiveSink) {}

  open(): void {
    this.closed = false
    this.sink.link('connecting')
    const socket = new WebSocket(this.url, 'live.v1')
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.greet(socket)
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => this.take(message.data)
    socket.onclose = (event) => this.lost(socket, event.code)
    this.socket = socket
  }

  close(): void {
    this.closed = true
    clearTimeout(this.retry)
    this.socket?.close()
  }

  /** Say what is looked at; only what differs is sent. */
  look(change: Partial<View>): void {
    const next = { ...this.view, ...change }
    if (JSON.stringify(next) === JSON.stringify(this.view)) return
    this.view = next
    this.send({ t: 'view', ...next })
  }

  private greet(socket: WebSocket): void {
    this.send({ t: 'hello', v: 1, since: this.since })
    this.send({ t: 'view', ...this.view })
    this.silent = 0
    this.ping = setInterval(() => {
      if (++this.silent > 2) socket.close()
      else this.send({ t: 'ping' })
    }, PING_MS)
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private take(data: string | ArrayBuffer): void {
    this.silent = 0
    if (typeof data === 'string') this.read(JSON.parse(data) as Message)
    else this.send({ t: 'ack', tick: this.sink.frame(data) })
  }

  private read(message: Message): void {
    switch (message.t) {
      case 'welcome': return this.welcomed(message)
      case 'snapshot': return this.sink.cars(message.vehicles)
      case 'handles': return this.sink.cars(message.rows)
      case 'event': return this.happened(message)
      case 'resync': return this.sink.resync()
      case 'skip': return this.reached(message.seq)
      case 'clock': return this.sink.clock(message.now, message.speed)
      case 'bye': this.socket?.close(); return
      case 'pong': return
    }
  }

  private welcomed(message: Welcome): void {
    this.failures = 0
    const resumed = this.since?.epoch === message.epoch
    if (!resumed) {
      this.since = { epoch: message.epoch, seq: message.seq }
      this.sink.resync()
    }
    this.sink.link('open')
    this.sink.welcome(message)
  }

  /** Each event counts once, however often it is sent. */
  private happened(event: LiveEvent): void {
    if (this.since && event.seq <= this.since.seq) return
    this.reached(event.seq)
    this.sink.event(event)
  }

  /** Events up to here were heard, or are not for us. */
  private reached(seq: number): void {
    if (this.since) this.since.seq = Math.max(this.since.seq, seq)
  }

  private lost(socket: WebSocket, code: number): void {
    clearInterval(this.ping)
    if (socket !== this.socket || this.closed) return
    if (code === 4401 || code === 1008) return this.sink.link('signed-out')
    this.sink.link('waiting')
    this.retry = setTimeout(() => this.open(), backoff(this.failures++, Math.random))
  }
}
