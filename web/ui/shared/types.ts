/** What the server says and hears, API version 1: snake_case, times RFC 3339 UTC, money fen, positions degrees WGS-84. */

export interface Grant { role: string; pool_id: number | null; unit_id: number | null; firm_id: number | null }
export interface Me { person_id: number; name: string; driver_id: number | null; roles: Grant[]; scenario: boolean; now: string; speed: number; locale: string }
export interface Page<T> { items: T[]; next: number | string | null }

export interface Pool { id: number; code: string; name: string; name_en: string; level: string; lon: number; lat: number }
export interface Unit { id: number; code: string; name: string; grassroots: boolean; pool_id?: number | null }
export interface Place { id: number; code?: string; name: string; name_en?: string; kind?: string; lon: number; lat: number }
export interface RentalFirm { id: number; name: string; vehicles: number; day_price_fen: number; km_price_fen: number; active: boolean }
export interface Vehicle {
  id: number; code: string; plate: string; model: string; class: string; category: string; seats: number
  powertrain: string; pool_id: number; home_lon: number; home_lat: number; own: boolean; device: string | null
}

export interface Violation { rule: string; code: string; severity: 'block' | 'review' | 'warn'; facts: Record<string, unknown>; message: string; message_en?: string }
export interface OrderBrief { id: number; order_no: string; state: string; vehicle_id: number | null; plate: string | null; driver_name: string | null; rental_firm: string | null; ride: RideBrief | null }
/** When a party gets on and off a shared ride (拼车), and how many parties ride. */
export interface RideBrief { on_at: string; off_at: string; parties: number }
/** Of other platforms' parties neither number nor unit is told. */
export interface RideParty {
  order_id: number; order_no: string | null; unit_name: string | null; passengers: number; from_name: string; to_name: string
  on_turn: number; off_turn: number; on_at: string; off_at: string; gone: boolean; own_m: number; loaded_m: number
}
export interface RequestDraft {
  client_key: string; unit_id: number; purpose: string; purpose_text: string; passengers: number; lead_passenger: string
  kind: string; from_place: number; to_place: number; depart_at: string; return_at: string
  vehicle_class: string | null; emergency: boolean; shareable: boolean
}
export interface TripRequest {
  id: number; unit_id: number; unit_name: string; pool_id: number; requested_by: number; purpose: string; purpose_text: string
  passengers: number; lead_passenger: string; kind: string; from_place: Place; to_place: Place
  depart_at: string; return_at: string; vehicle_class: string | null; emergency: boolean; out_of_city: boolean
  state: string; review_required: boolean; violations: Violation[]; promised_at: string | null; version: number
  distance_m: number; drive_s: number; shareable: boolean; order: OrderBrief | null; approvals?: Approval[]; submitted_at: string
  reject_reason: string | null; queue_reason: { message?: string; rule?: string } | null
}
export interface Approval { stage: string; decision: string; at: string; comment: string | null; by_name?: string; by_person?: number }
export interface Check { violations: Violation[]; review_required: boolean; distance_m: number; drive_s: number }

export interface Split { deadhead_fen: number; loaded_fen: number; use_fen: number; driver_fen: number; toll_fen: number; settlement_fen: number }
export interface Alternative {
  vehicle_id: number; plate: string; driver_id: number; driver_name: string; pool_id: number; pool_name: string
  cross_pool: boolean; chain: boolean; cost_fen: number; split: Split; deadhead_m: number
}
export interface Ineligible { vehicle_id: number; plate: string; rule: string; facts: Record<string, string | number>; message: string; message_en?: string }
/** In a rental's proof: made by hand it has a sentence, made by a plan a code and facts. */
export type Proven = Omit<Ineligible, 'message'> & { message?: string }
export interface Candidates { alternatives: Alternative[]; ineligible: Ineligible[]; rental: { firm_id: number; name: string; price_fen: number } | null }

export interface Leg {
  leg_id: number; order_id: number | null; order_no: string | null; kind: string; status: string; is_breakdown: boolean; from: string; to: string
  driver_name: string | null; parties: number
}
export interface GanttRow { vehicle_id: number; plate: string; pool_id: number; legs: Leg[] }
export interface CheckIn { kind: string; taken_at: string; received_at: string; odometer_m: number | null; amount_fen: number | null; photo_id: string | null; note: string | null; entered_by: string | null }
export interface OrderLeg {
  id: number; vehicle_id: number | null; plate: string | null; driver_id: number | null; driver_name: string | null
  kind: string; status: string; starts: string; ends: string
}
export interface Trip {
  started_at: string; ended_at: string; gps_m: number | null; device_odometer_m: number | null; driver_odometer_m: number | null
  declared_m: number; declared_source: string; empty_m: number | null; variance_m: number | null
}
/** What a rental firm drove and charged; `agreed_fen` when it was ordered, `contract_fen` by its tariff. */
export interface RentalBill {
  plate: string; driver_name: string; departed_at: string; returned_at: string; distance_m: number; price_fen: number; agreed_fen: number
  contract_fen: number; note: string | null; closed_at: string; closed_by: string
}
/** The platform that lends the car sees the order without the request behind it. */
export interface Order {
  id: number; order_no: string; request_id: number; state: string; version: number; pool_id: number; settlement_fen: number; created_at: string
  dispatcher: string | null; rental_firm: string | null; rental_price_fen: number | null
  rental_proof: { reason?: string; found_by?: string; plan_id?: number; bound?: { rentals: number }; refused?: Proven[] } | null
  vehicle_id: number | null; unit_name: string; lead_passenger: string | null; passengers: number; from_name: string; to_name: string
  depart_at: string; return_at: string
  request: TripRequest | null; approvals: Approval[]; legs: OrderLeg[]; check_ins: CheckIn[]; trip: Trip | null; rental_closing: RentalBill | null; ride: RideBrief | null; parties: RideParty[]; costs: OrderCosts | null
}
/** What stands in the books for an order: of a shared ride its share. */
export interface OrderCosts { metres: number; fuel_fen: number; electricity_fen: number; toll_fen: number; parking_fen: number }
export interface Plan {
  id: number; day: string; days: number; state: string; seconds: number | null; tasks: number | null; unserved: number | null
  rentals: number | null; applied_at: string | null; cost_fen: number | null; greedy_fen: number | null; bound_kind: string | null; bound_fen: number | null
  assignments: unknown[]; error: string | null
}

export interface MyOrder {
  id: number; order_no: string; state: string; plate: string; unit_name: string; lead_passenger: string; passengers: number
  from_place: Place; to_place: Place; depart_at: string; return_at: string; purpose_text: string; dispatch_phone: string | null
  check_ins: { kind: string; taken_at: string }[]; odometer_out_m: number | null; kind: string; parties: MyParty[]
}
/** An order that was taken from a driver; `new_plate`: the driver has it on that car now. */
export interface MyChange {
  order_id: number; leg_id: number; order_no: string; at: string; moved: boolean; depart_at: string; from_name: string; to_name: string
  plate: string | null; new_plate: string | null
}
/** Who rides on a shared trip, in the order of getting on; `on_turn` and `off_turn` number the stops. */
export interface MyParty {
  order_id: number; order_no: string; state: string; unit_name: string; lead_passenger: string; passengers: number; purpose_text: string
  from_name: string; to_name: string; on_turn: number; off_turn: number; on_at: string; off_at: string
}

export interface CostColumn { key: string; zh: string; en: string; kind: 'text' | 'count' | 'km' | 'litres' | 'kwh' | 'yuan' | 'ratio' }
export type Cell = string | number | null
export interface CostRow { vehicle_id: number; plate: string | null; pool_id: number; pool_name: string; unexplained: number }
/** `cells[i]` are the values of `rows[i]` in the order of `columns`, `totals` likewise. */
export interface CostSheet {
  month: string; period_states: Record<string, string>; columns: CostColumn[]; rows: CostRow[]; cells: Cell[][]; totals: Cell[]
}
export interface SourceLine {
  entry_id: number; origin: string; month: string; origin_month: string; account: string; measure: 'fen' | 'metres' | 'ml' | 'wh'; amount: number
  order_id: number | null; order_no: string | null; issuer: string | null; txn: string | null; place: string | null; at: string | null
  status: string | null; reason: string | null
}
export interface Device {
  id: number; name: string; kind: 'terminal' | 'provider'; enabled: boolean; vehicle_id: number | null; bound_since: string | null
  heard_at: string | null; position_at: string | null; refused_reason: string | null; refused_at: string | null
}
export interface Bound { vehicle_id: number; since: string; until: string | null }
export interface DeviceToken { token: string; mqtt_host: string; mqtt_port: number | null }
export interface Refused { name: string; reason: string; first_at: string; last_at: string; times: number; address: string | null; ignored: boolean }
export interface RefusedPublish { id: number; device: string; topic: string; reason: string; at: string }
export interface Quarantined {
  id: number; device: string; topic: string; reason: string; detail: string; payload: string; bytes: number; received_at: string; times: number
  settled_at: string | null; outcome: string | null; shed: boolean
}
export interface QuarantineRaw extends Quarantined { text: string; hexadecimal: string; left_out: number }
export interface QuarantineCount { reason: string; waiting: number; settled: number; newest: string }
export interface Retried { id: number; outcome: string; detail: string }
export interface Process { role: string; pid: number; host: string; started_at: string; seen_at: string; alive: boolean; detail: Record<string, unknown> }
export interface Status { processes: Process[]; devices_last_minute: number; quarantined: number; parked_folds: number; refused_devices: number }
