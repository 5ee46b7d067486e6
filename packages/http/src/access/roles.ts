import type { Action, Role } from '../wire/access.ts'

export const actions: readonly Action[] = ['read', 'run', 'restore', 'delete', 'configure']

/** What each role may do. */
export const rolesOf: Readonly<Record<Role, readonly Action[]>> = {
  viewer: ['read'],
  operator: ['read', 'run'],
  restorer: ['read', 'run', 'restore'],
  owner: actions,
}
