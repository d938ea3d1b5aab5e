import { beforeAll, describe, expect, it, vi } from 'vitest'
import { locale, type Locale } from '@/shared/i18n'
import { because, lasting, type Facts } from './reasons'

/** What the catalog remembers the language in; node has none. */
vi.hoisted(() => vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined }))
const setLocale = (next: Locale): void => { locale.value = next }

const names = { epoch: Date.parse('2026-03-01T16:00:00Z') / 1000, pool: (id: number) => `平台${id}`, trip: (id: number) => `（${id}）` }

/** Facts as `optimizer/reasons.py` gives them. */
const FACTS: [string, Facts][] = [
  ['not-lendable', { pool: 1, confidential: 1 }], ['lending-refused', { lender: 2, payer: 1 }], ['class', { has: 'sedan', needs: 'mpv|coach' }],
  ['seats', { seats: 4, passengers: 6 }], ['quota', { unit: 3, tasks: 2 }], ['no-window', {}], ['no-driver', { pool: 1, licence: 'C1' }],
  ['outside-window', { start_s: 30_600 }], ['busy', { until_s: 36_000, task: 7 }], ['busy', { from_s: 36_000, task: 7 }], ['busy', { until_s: 36_000, task: -1 }],
  ['reserve', { pool: 1, most: 3 }], ['left-for-home', { after_task: 7 }], ['charge-too-short', { standing_s: 600, least_s: 1200 }],
  ['too-late', { late_s: 900, after_task: 7 }], ['before-now', { leave_s: 30_000, now_s: 30_600 }], ['window-begins', { leave_s: 30_000 }],
  ['window-ends', { home_s: 90_000 }], ['next-task-missed', { next_task: 8, late_s: 61 }], ['driving-time', { driving_s: 30_000 }],
  ['break', { driving_s: 15_000, most_s: 14_400 }], ['range', { short_m: 12_300, most_m: 400_000 }], ['span', { span_s: 45_000, most_s: 43_200 }],
  ['no-car', {}], ['not_shared', { category: 'LAW_ENFORCEMENT' }], ['inspection_over', { until: '2026-03-01' }], ['insurance_over', { until: '2026-03-01' }], ['not-planned', {}],
  ['H14', { until: '2026-03-01' }], ['H17', { category: 'LAW_ENFORCEMENT' }],
]

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  beforeAll(() => setLocale(language))
  it.each(FACTS)('%s %o is a sentence without holes', (rule, facts) => {
    const text = because(rule, facts, names)
    expect(text).not.toMatch(/[{}]/)
    expect(text.length).toBeGreaterThan(4)
    expect(text).not.toBe(rule)
  })
})

describe('the facts', () => {
  beforeAll(() => setLocale('zh-CN'))
  it('are times of day, of the next day, minutes and kilometres', () => {
    expect(because('too-late', { late_s: 900, after_task: 7 }, names)).toBe('前一任务（7）结束后赶到将晚 15 分钟')
    expect(because('window-ends', { home_s: 90_000 }, names)).toContain('次日 01:00')
    expect(because('range', { short_m: 12_300, most_m: 400_000 }, names)).toContain('12.3')
    expect(because('class', { has: 'sedan', needs: 'mpv|coach' }, names)).toBe('车型不符：该车为轿车，需要商务车/大型客车')
  })
  it('name no other trip where there is none', () => {
    expect(because('busy', { until_s: 36_000, task: -1 }, names)).toBe('该车正在执行其他任务，10:00 后空闲')
  })
  it('leave a code alone that is new', () => expect(because('something-new', {}, names)).toBe('something-new'))
})

it.each([[59, '1 分钟'], [3600, '1 小时'], [5401, '1 小时 31 分']])('%i s last %s', (seconds, text) => expect(lasting(seconds)).toBe(text))
