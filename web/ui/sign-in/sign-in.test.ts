import { expect, it } from 'vitest'
import { homeOf, nextOf } from './place'

const me = (...roles: string[]) => ({ roles: roles.map((role) => ({ role, pool_id: null, unit_id: null, firm_id: null })) })

it.each([
  [['dispatcher'], '/console/'], [['requester', 'city_dispatcher'], '/console/'], [['driver'], '/driver/'], [['driver', 'requester'], '/portal/'],
  [['requester'], '/portal/'], [['unit_approver'], '/portal/'], [['accountant'], '/console/'], [['driver', 'dispatcher'], '/console/'],
])('%j works at %s', (roles, home) => expect(homeOf(me(...roles))).toBe(home))

it.each([
  ['?next=%2Fconsole%2F%23%2Fcosts', '/console/#/costs'], ['?next=//evil.example/', null], ['?next=https://evil.example', null],
  ['?next=/api/v1/me', null], ['', null],
])('after sign-in with %s it goes to %s', (search, next) => expect(nextOf(search)).toBe(next))
