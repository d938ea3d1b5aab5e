import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Outbox, type Entry, type Outcome, type Tap } from './outbox'
import { nextStep, nextTurn, odometerFault, shownState, type Kind } from './steps'

const tap = (kind: Kind, more: Partial<Tap> = {}): Tap =>
  ({ key: crypto.randomUUID(), orderId: 7, kind, takenAt: '2026-03-02T00:00:00Z', heldUntil: 0, ...more })
const stored: Outcome = { result: 'stored' }

describe('the outbox', () => {
  let box: Outbox
  let name: string
  let sent: string[]
  const send = async (entry: Entry): Promise<Outcome> => { sent.push(entry.kind); return stored }
  beforeEach(async () => { name = crypto.randomUUID(); box = await Outbox.open(name); sent = [] })
  afterEach(() => box.close())

  it('sends in the order of the taps, whatever the clock of the phone says', async () => {
    await box.add(tap('accept', { takenAt: '2026-03-02T09:00:00Z' }))
    await box.add(tap('depart', { takenAt: '2026-03-02T08:00:00Z' }))
    await box.add(tap('onboard', { takenAt: '2026-03-01T00:00:00Z' }))
    await box.flush(send, () => 1)
    expect(sent).toEqual(['accept', 'depart', 'onboard'])
    expect(await box.entries()).toEqual([])
  })

  it('keeps what it could not send, and sends nothing past it', async () => {
    await box.add(tap('accept'))
    await box.add(tap('depart'))
    await box.flush(async (entry) => { sent.push(entry.kind); return { result: 'later' } }, () => 1)
    expect(sent).toEqual(['accept'])
    expect((await box.entries()).map((entry) => entry.kind)).toEqual(['accept', 'depart'])
  })

  it('puts a refused tap aside with the reason, and goes on with the next', async () => {
    await box.add(tap('accept'))
    await box.add(tap('depart'))
    await box.flush(async (entry) => (entry.kind === 'accept' ? { result: 'refused', why: '派车单已撤销' } : send(entry)), () => 1)
    const left = await box.entries()
    expect(left.map((entry) => [entry.kind, entry.refused])).toEqual([['accept', '派车单已撤销']])
    await box.flush(send, () => 1)
    expect(sent).toEqual(['depart'])
    await box.retry(left[0]!.counter)
    await box.flush(send, () => 1)
    expect(sent).toEqual(['depart', 'accept'])
  })

  it('holds a tap while it can be undone, and all behind it', async () => {
    const held = await box.add(tap('depart', { heldUntil: 100 }))
    await box.add(tap('onboard'))
    await box.flush(send, () => 99)
    expect(sent).toEqual([])
    await box.remove(held.counter)
    await box.flush(send, () => 99)
    expect(sent).toEqual(['onboard'])
  })

  it('goes on counting after a restart, even when it was emptied', async () => {
    const first = await box.add(tap('accept'))
    await box.remove(first.counter)
    box.close()
    box = await Outbox.open(name)
    expect((await box.add(tap('depart'))).counter).toBe(first.counter + 1)
  })

  it('keeps the same key for every try', async () => {
    const { key } = await box.add(tap('accept'))
    const keys: string[] = []
    const lose = async (entry: Entry): Promise<Outcome> => { keys.push(entry.key); return { result: 'later' } }
    await box.flush(lose, () => 1)
    await box.flush(lose, () => 1)
    expect(keys).toEqual([key, key])
  })

  it('sends each tap once when several flushes meet', async () => {
    await box.add(tap('accept'))
    await Promise.all([box.flush(send, () => 1), box.flush(send, () => 1), box.flush(send, () => 1)])
    expect(sent).toEqual(['accept'])
  })

  it('stores a photo as it is', async () => {
    await box.add(tap('receipt', { photo: new Blob(['jpeg'], { type: 'image/jpeg' }), amountFen: 12_300 }))
    expect((await box.entries())[0]?.amountFen).toBe(12_300)
  })
})

describe('the one big button', () => {
  it.each<[string, Kind[], string | null]>([
    ['sent', [], 'accept'], ['accepted', [], 'depart'], ['departed', [], 'onboard'], ['onboard', [], 'arrive'], ['arrived', [], 'return'],
    ['returned', [], null], ['completed', [], null], ['aborted', [], null],
    ['sent', ['accept', 'depart'], 'onboard'], ['departed', ['accept'], 'onboard'], ['accepted', ['receipt'], 'depart'], ['sent', ['decline'], null],
    ['sent', ['accept', 'depart', 'onboard', 'arrive', 'return'], null],
  ])('offers after %s and %j: %s', (state, waiting, step) => expect(nextStep(state, waiting)).toBe(step))

  it.each<[number, number | null, string | null]>([
    [83_412, null, null], [Number.NaN, null, 'empty'], [0, null, 'empty'], [12.5, null, 'empty'],
    [83_412, 83_412_400, null], [83_411, 83_412_000, 'less'], [85_000, 83_412_000, 'far'],
  ])('judges an odometer of %s km after %s m: %s', (km, out, fault) => expect(odometerFault(km, out)).toBe(fault))
})

describe('the state shown', () => {
  it.each<[string, number, string]>([
    ['created', 0, 'sent'], ['sent', 0, 'sent'], ['sent', 2, 'departed'], ['departed', 3, 'onboard'], ['arrived', 5, 'returned'],
    ['completed', 5, 'completed'], ['aborted', 5, 'aborted'],
  ])('of an order that the server knows as %s, with %i steps behind it: %s', (state, behind, shown) => expect(shownState(state, behind)).toBe(shown))
})

describe('a shared trip', () => {
  const order = (state: string, one: string, other: string) => ({ id: 1, state, parties: [{ order_id: 1, state: one }, { order_id: 2, state: other }] })
  const waits = (...taps: [number, Kind][]) => taps.map(([orderId, kind]) => ({ orderId, kind }))

  it('is accepted, driven and ended once for all, and each party gets on by itself', () => {
    expect(nextTurn(order('sent', 'sent', 'sent'), [])).toMatchObject({ step: 'accept', orderId: 1, party: null })
    expect(nextTurn(order('accepted', 'accepted', 'accepted'), [])).toMatchObject({ step: 'depart', orderId: 1 })
    expect(nextTurn(order('departed', 'departed', 'departed'), [])).toMatchObject({ step: 'onboard', orderId: 1 })
    expect(nextTurn(order('onboard', 'onboard', 'departed'), [])).toMatchObject({ step: 'onboard', orderId: 2, party: { order_id: 2 } })
    expect(nextTurn(order('onboard', 'onboard', 'onboard'), [])).toMatchObject({ step: 'arrive', orderId: 1, party: null })
    expect(nextTurn(order('arrived', 'arrived', 'arrived'), [])).toMatchObject({ step: 'return', orderId: 1 })
    expect(nextTurn(order('completed', 'completed', 'completed'), [])).toBeNull()
  })

  it('goes on without a network: what waits on the phone counts like what is known', () => {
    const begun = waits([1, 'accept'], [1, 'depart'])
    expect(nextTurn(order('sent', 'sent', 'sent'), begun)).toMatchObject({ step: 'onboard', orderId: 1 })
    expect(nextTurn(order('sent', 'sent', 'sent'), [...begun, ...waits([1, 'onboard'])])).toMatchObject({ step: 'onboard', orderId: 2 })
    expect(nextTurn(order('sent', 'sent', 'sent'), [...begun, ...waits([1, 'onboard'], [2, 'onboard'])])).toMatchObject({ step: 'arrive', orderId: 1 })
    expect(nextTurn(order('sent', 'sent', 'sent'), waits([1, 'decline']))).toBeNull()
  })
})
