import { BackupError } from '@backup/core'
import { refuse } from '../problem/refusal.ts'
import type { Action, Role } from '../wire/access.ts'
import { actions, rolesOf } from './roles.ts'

/** What `authorize` says of somebody it knows. What the role and the actions allow is allowed, and nothing else. */
export interface Grant {
  /** Goes into the audit trail, in the words of the application: `anna@example.org`. */
  readonly actor: string
  readonly role?: Role
  readonly can?: readonly Action[]
}

/**
 * Says who asks. It looks at the session, token or certificate, as the rest of the application does.
 *
 * @param action what the request is about to do, for whoever decides by it
 * @returns nothing, or `false`, for somebody it does not know
 */
export type Authorize = (request: Request, action: Action) => Grant | false | null | undefined | Promise<Grant | false | null | undefined>

/** Somebody who may do what was asked for. */
export interface Caller {
  readonly actor: string
  readonly can: ReadonlySet<Action>
}

/** @throws `unauthorised`; `forbidden` without the action */
export async function callerOf(authorize: Authorize, request: Request, action: Action): Promise<Caller> {
  const grant = await authorize(request, action)
  if (!grant) throw refuse('unauthorised', 'Nobody is signed in, or it is not known who asks.')
  const caller = { actor: actorOf(grant), can: new Set([...(grant.role === undefined ? [] : roleOf(grant.role)), ...(grant.can ?? [])]) }
  mustBeAble(caller, action)
  return caller
}

/** @throws `forbidden` */
export function mustBeAble({ actor, can }: Caller, action: Action): void {
  if (can.has(action)) return
  throw refuse('forbidden', `${actor} may not ${action}.`, { needs: action })
}

function actorOf({ actor, role, can }: Grant): string {
  if (typeof actor !== 'string' || actor.trim() === '') throw wrong('"actor", who it is')
  if (role === undefined && can === undefined) throw wrong('a "role" or "can", what that one may do')
  const unknown = can?.find((action) => !actions.includes(action))
  if (unknown !== undefined) throw wrong(`in "can" only ${actions.join(', ')}; found "${unknown}"`)
  return actor
}

function roleOf(role: Role): readonly Action[] {
  if (Object.hasOwn(rolesOf, role)) return rolesOf[role]
  throw wrong(`as "role" one of ${Object.keys(rolesOf).join(', ')}; found "${role}"`)
}

/** Nobody is let in by a mistake, and whoever runs the program learns of it. */
function wrong(what: string): BackupError {
  return new BackupError('config', `"authorize" must return ${what}.`, { key: 'authorize' })
}
