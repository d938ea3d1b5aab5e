import { expect, it } from 'vitest'
import { bytes } from './bytes'

it.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [99_949, '99.9 kB'], [99_960, '100 kB'], [999_600, '1.0 MB'], [5.4e12, '5.4 TB'], [null, '–']])('says %s bytes as %s', (n, said) => {
  expect(bytes(n)).toBe(said)
})
