import { expect, it } from 'vitest'
import { lasted } from './model'

const MIN = 60_000
it.each([[0, '0:00'], [59_999, '0:00'], [65 * MIN, '1:05'], [27 * 60 * MIN + 5 * MIN, '27:05'], [-MIN, '0:00']])('a stay of %i ms is %s', (ms, text) => {
  expect(lasted(1_000_000, 1_000_000 + ms)).toBe(text)
})
