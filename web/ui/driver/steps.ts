/** What a driver says on the way, in its order; a receipt may come at any time after departure. */
export const STEPS = ['accept', 'depart', 'onboard', 'arrive', 'return'] as const
export type Step = (typeof STEPS)[number]
export type Kind = Step | 'decline' | 'receipt'

/** How many steps an order in this state has behind it; null: it needs nothing from the driver any more. */
const BEHIND: Record<string, number> = { created: 0, sent: 0, accepted: 1, departed: 2, onboard: 3, arrived: 4 }

/**
 * The step the one big button offers: after what the server knows and what still waits on this phone.
 * Null when nothing is left to do.
 */
export function nextStep(state: string, waiting: readonly Kind[]): Step | null {
  const known = BEHIND[state]
  if (known === undefined || waiting.includes('decline')) return null
  const local = Math.max(0, ...waiting.map((kind) => STEPS.indexOf(kind as Step) + 1))
  return STEPS[Math.max(known, local)] ?? null
}

/** The state an order is in after so many steps. */
const AFTER = ['sent', 'accepted', 'departed', 'onboard', 'arrived', 'returned'] as const
/** The state to show: what was tapped counts at once, also without a network; an order that is over stays so. */
export const shownState = (state: string, behind: number): string => (state in BEHIND ? (AFTER[behind] ?? state) : state)

interface Waiting { orderId: number; kind: Kind }
interface Riding { order_id: number; state: string }
export interface Turn<P extends Riding> { step: Step; orderId: number; party: P | null }

const ABOARD = ['onboard', 'arrived', 'returned', 'completed']
export const isAboard = (party: Riding, waiting: readonly Waiting[]): boolean =>
  ABOARD.includes(party.state) || waiting.some((one) => one.orderId === party.order_id && one.kind === 'onboard')

/**
 * What the one big button does next on a trip. On a shared one all steps hold for all who ride, but each party gets on
 * at its own stop, in their order.
 */
export function nextTurn<P extends Riding>(order: { id: number; state: string; parties: readonly P[] }, waiting: readonly Waiting[]): Turn<P> | null {
  const shared = order.parties.length > 0
  const kinds = waiting.filter((one) => !shared || one.kind !== 'onboard').map((one) => one.kind)
  const step = nextStep(shared && order.state === 'onboard' ? 'departed' : order.state, kinds)
  if (step === null) return null
  if (!shared || step !== 'onboard') return { step, orderId: order.id, party: null }
  const party = order.parties.find((one) => !isAboard(one, waiting))
  return party ? { step, orderId: party.order_id, party } : { step: 'arrive', orderId: order.id, party: null }
}

/** Departure and return read the odometer. */
export const needsOdometer = (step: Step): boolean => step === 'depart' || step === 'return'

const LONGEST_TRIP_KM = 1500
export type OdometerFault = 'empty' | 'less' | 'far'
/**
 * Whether a reading in whole km can be meant.
 * @param outM the reading at departure in metres, null when unknown.
 */
export function odometerFault(km: number, outM: number | null): OdometerFault | null {
  if (!Number.isInteger(km) || km <= 0 || km > 2_000_000) return 'empty'
  if (outM === null) return null
  if (km * 1000 < Math.floor(outM / 1000) * 1000) return 'less'
  return km - outM / 1000 > LONGEST_TRIP_KM ? 'far' : null
}
