import type { Me } from '@/shared/types'

const PORTAL = ['requester', 'unit_admin', 'unit_approver', 'authority_reviewer']

/** Where a person's work is: a dispatcher's in the console even if they may also ask for a car. */
export function homeOf(me: Pick<Me, 'roles'>): string {
  const roles = me.roles.map((grant) => grant.role)
  if (roles.some((role) => !PORTAL.includes(role) && role !== 'driver')) return '/console/'
  return roles.includes('driver') && !roles.some((role) => PORTAL.includes(role)) ? '/driver/' : '/portal/'
}

/** The address to return to: only a path of ours, never another site. */
export function nextOf(search: string): string | null {
  const next = new URLSearchParams(search).get('next')
  return next && /^\/(console|driver|portal)\//.test(next) ? next : null
}
