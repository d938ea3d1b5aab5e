import { catalog } from '@/shared/i18n'
import { km } from '@/shared/numbers'
import { clockTime, dayTime } from '@/shared/time'
import { say } from '@/shared/words'

/** Why a car cannot take a trip, in words: every code of the optimizer's `Rule`, and of the register. */
const reasons = {
  'not-lendable': ['机要通信用车不跨平台调度', 'Confidential car: it is not lent'],
  'lending-refused': ['{lender}不向本平台调剂车辆', '{lender} does not lend to this platform'],
  'class': ['车型不符：该车为{has}，需要{needs}', 'Wrong class: it is a {has}, asked for is {needs}'],
  'seats': ['座位不足：可乘 {seats} 人，乘车 {passengers} 人', 'Too few seats: {seats} for {passengers} passengers'],
  'quota': ['用车单位当日限 {tasks} 次，已用完', 'The unit’s {tasks} trips of the day are used up'],
  'no-window': ['该车当日另有安排或停用', 'The car is out or held all the time'],
  'no-driver': ['该平台没有空闲且准驾相符（{licence}）的驾驶员', 'No driver of its platform with licence {licence} is free'],
  'outside-window': ['{start_s} 出发不在该车可用时段内', 'It is not available at {start_s}'],
  'busy': ['该车正在执行其他任务{task}，{until_s} 后空闲', 'It is busy{task} until {until_s}'],
  'busy-from': ['该车 {from_s} 起执行其他任务{task}', 'It is busy{task} from {from_s}'],
  'reserve': ['{pool}须留备勤车辆，最多调出 {most} 辆', '{pool} keeps a reserve: at most {most} of its cars are lent'],
  'left-for-home': ['前一任务{after_task}结束后该车须先回场', 'After its trip{after_task} the car must go home first'],
  'charge-too-short': ['充电时间不足：可停 {standing_s}，至少需 {least_s}', 'Too little time to charge: {standing_s}, at least {least_s} needed'],
  'too-late': ['前一任务{after_task}结束后赶到将晚 {late_s}', 'Coming from its trip{after_task} it would be {late_s} late'],
  'before-now': ['须在 {leave_s} 出车，已过时', 'It would have to have left at {leave_s}'],
  'window-begins': ['须在 {leave_s} 出车，该车当时尚不可用', 'It would have to leave at {leave_s}, before it is available'],
  'window-ends': ['{home_s} 才能回场，超出该车可用时段', 'It would be home at {home_s}, after it must be'],
  'next-task-missed': ['将使后一任务{next_task}晚 {late_s}', 'Its next trip{next_task} would be {late_s} late'],
  'driving-time': ['驾驶员当日驾驶时间将超限（累计 {driving_s}）', 'Its driver would drive {driving_s} that day, more than allowed'],
  'break': ['驾驶员将连续驾驶 {driving_s}，上限 {most_s}', 'Its driver would drive {driving_s} without a break, {most_s} allowed'],
  'range': ['续航不足：还差 {short_m} 公里（满电 {most_m} 公里）', 'Out of range: {short_m} km short (full: {most_m} km)'],
  'span': ['驾驶员当日出勤将达 {span_s}，上限 {most_s}', 'Its driver would be on duty for {span_s}, {most_s} allowed'],
  'home-at-night': ['跨夜行程须整段占用一辆车，本方案选定由其他车辆承担', 'A trip over night takes one car throughout; the plan gives it to others'],
  'no-car': ['没有车辆能承担', 'No car can serve it'],
  'not_shared': ['执法执勤、特种专业技术用车不参与统一调度', 'Enforcement and special cars are not shared'],
  'inspection_over': ['年检已于 {until} 到期', 'Its inspection ended on {until}'],
  'insurance_over': ['保险已于 {until} 到期', 'Its insurance ended on {until}'],
  'H14': ['年检或保险已于 {until} 到期', 'Its inspection or insurance ended on {until}'],
  'H17': ['执法执勤、特种专业技术用车不参与统一调度', 'Enforcement and special cars are not shared'],
  'not-planned': ['排班时未列入', 'It was not part of the plan'],
} as const
const word = catalog(reasons)
const said = catalog({ minutes: ['{n} 分钟', '{n} min'], hours: ['{h} 小时 {n} 分', '{h} h {n} min'], sharp: ['{h} 小时', '{h} h'], dayAfter: ['次日 {at}', '{at} the day after'] })

export type Facts = Record<string, string | number>
/** What reasons need to know beside their facts: what platforms and other trips are called, and when second 0 is. */
export interface Names { epoch: number; pool: (id: number) => string; trip: (id: number) => string }

const CLOCKS = new Set(['start_s', 'until_s', 'from_s', 'leave_s', 'home_s', 'now_s'])
const TRIPS = new Set(['task', 'after_task', 'next_task'])
const POOLS = new Set(['pool', 'lender', 'payer'])
const DAY_S = 86_400
/** Numbers below stand for other platforms' trips. */
const NO_TRIP = -1

function clock(second: number, epoch: number): string {
  const at = clockTime((epoch + second) * 1000)
  if (second >= 2 * DAY_S) return dayTime((epoch + second) * 1000)
  return second >= DAY_S ? said('dayAfter', { at }) : at
}
/** Whole minutes, rounded up; hours where there are some. */
export function lasting(seconds: number): string {
  const all = Math.ceil(seconds / 60)
  const [h, n] = [Math.floor(all / 60), all % 60]
  return h === 0 ? said('minutes', { n }) : said(n === 0 ? 'sharp' : 'hours', { h, n })
}
function shown(name: string, value: string | number, names: Names): string | number {
  if (typeof value === 'string') return ['has', 'needs'].includes(name) ? value.split('|').map((one) => say('class', one)).join('/') : value
  if (CLOCKS.has(name)) return clock(value, names.epoch)
  if (TRIPS.has(name)) return value === NO_TRIP ? '' : names.trip(value)
  if (POOLS.has(name)) return names.pool(value)
  if (name.endsWith('_s')) return lasting(value)
  return name.endsWith('_m') ? km(value) : value
}

/** A reason in words; a code without words is shown as it is. */
export function because(rule: string, facts: Facts, names: Names): string {
  const key = rule === 'busy' && 'from_s' in facts ? 'busy-from' : rule
  if (!(key in reasons)) return rule
  return word(key as keyof typeof reasons, Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, shown(name, value, names)])))
}
