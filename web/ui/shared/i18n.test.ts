import { afterEach, describe, expect, it, vi } from 'vitest'
import { catalog, colon, listed, locale, type Locale } from './i18n'
import { refusalText } from './refusals'

/** What the catalog remembers the language in; node has none. */
vi.hoisted(() => vi.stubGlobal('localStorage', { getItem: () => null }))
const setLocale = (next: Locale): void => { locale.value = next }

const t = catalog({ cars: ['{n} 辆', '{n} {n:car|cars} of {all}'] })
afterEach(() => setLocale('zh-CN'))

describe('texts', () => {
  it('say one thing and more things as English does, and Chinese without', () => {
    expect(t('cars', { n: 1 })).toBe('1 辆')
    setLocale('en')
    expect([0, 1, 2, '1', '1,000'].map((n) => t('cars', { n, all: 5 }))).toEqual(['0 cars of 5', '1 car of 5', '2 cars of 5', '1 car of 5', '1,000 cars of 5'])
  })
  it('show a fact that is missing as a hole', () => {
    setLocale('en')
    expect(t('cars', { n: 1 })).toBe('1 car of {all}')
  })
  it('have the commas and colons of their language', () => {
    expect(listed(['甲', '乙']) + colon()).toBe('甲、乙：')
    setLocale('en')
    expect(listed(['A', 'B']) + colon()).toBe('A, B: ')
  })
})

describe('refusals', () => {
  const both = '金额高于协议价 627.00 元，请说明原因 · the price is above the tariff: say why'
  it('are cut to the language shown', () => {
    expect(refusalText('invalid', both)).toBe('金额高于协议价 627.00 元，请说明原因')
    setLocale('en')
    expect(refusalText('invalid', both)).toBe('The price is above the tariff: say why')
  })
  it('in English alone have words of their code', () => {
    expect(refusalText('not-allowed', 'no grant of yours allows this')).toBe('您的角色无权办理此事')
    setLocale('en')
    expect(refusalText('not-allowed', 'no grant of yours allows this')).toBe('Your role does not allow this')
  })
  it('stay as they are where neither helps', () => {
    expect(refusalText('new-code', 'something new')).toBe('something new')
    expect(refusalText('house-rules', '甲 · 乙')).toBe('甲 · 乙')
  })
})
