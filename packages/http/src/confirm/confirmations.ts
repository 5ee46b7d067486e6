import type { RetentionPlan } from '@backup/core'
import type { TravelPlan } from '../travel/time-travel.ts'
import { refuse } from '../problem/refusal.ts'
import type { ConfirmJson } from '../wire/snapshots.ts'

/**
 * Plans that somebody looked at and may now have done. A token stands for exactly one plan, as it is kept here: what is done cannot be
 * anything else. It is good once, for who made the plan, and for a short time. After a restart none is: then a plan is made again.
 */
export interface Confirmations {
  issue<Kind extends keyof Confirmable>(kind: Kind, actor: string, plan: Confirmable[Kind]): ConfirmJson
  /** @throws `confirm-stale`, `confirm-used` */
  look<Kind extends keyof Confirmable>(kind: Kind, actor: string, token: string): Confirmable[Kind]
  /**
   * Does what is planned. From now on the token is used; when `work` throws, nothing was begun, and it is good again.
   *
   * @throws as `look`; whatever `work` throws
   */
  carryOut<Kind extends keyof Confirmable, Outcome>(kind: Kind, actor: string, token: string, work: Work<Confirmable[Kind], Outcome>): Promise<Outcome>
}

/** @param begun names the job, for whoever comes again with the token */
export type Work<Plan, Outcome> = (plan: Plan, begun: (job: string) => void) => Outcome | Promise<Outcome>

/** What a token can stand for. */
export interface Confirmable {
  readonly restore: ConfirmedRestore
  readonly removal: { readonly snapshots: readonly string[] }
  readonly retention: ConfirmedRetention
  readonly rows: { readonly plan: TravelPlan }
}

export interface ConfirmedRestore {
  readonly snapshot: string
  readonly to?: string | Readonly<Record<string, string>>
  readonly only?: readonly string[]
  readonly live: boolean
  readonly safety: boolean
  readonly check: boolean
}

export interface ConfirmedRetention {
  readonly plan: RetentionPlan
}

interface Issued {
  readonly kind: keyof Confirmable
  readonly actor: string
  readonly plan: unknown
  readonly expiresAt: number
  state: 'new' | 'under-way' | 'done'
  job?: string
}

/** More plans than anybody looks at; beyond it the oldest is forgotten. */
const kept = 1000

export function createConfirmations(clock: () => Date, lifetimeMs: number): Confirmations {
  const issued = new Map<string, Issued>()
  const now = (): number => clock().getTime()

  const find = (kind: keyof Confirmable, actor: string, token: string): Issued => {
    const found = issued.get(token)
    // Of somebody else's token nobody is told more than of one that never was.
    if (!found || found.kind !== kind || found.actor !== actor || found.expiresAt <= now()) {
      throw refuse('confirm-stale', 'There is no plan to this token, or its time is over.')
    }
    if (found.state === 'new') return found
    throw used(found)
  }
  const forget = (): void => {
    for (const [token, { expiresAt }] of issued) if (expiresAt <= now() || issued.size > kept) issued.delete(token)
  }

  return {
    issue(kind, actor, plan) {
      const token = secret()
      const expiresAt = now() + lifetimeMs
      issued.set(token, { kind, actor, plan, expiresAt, state: 'new' })
      forget()
      return { token, expiresAt: new Date(expiresAt).toISOString() }
    },
    look: (kind, actor, token) => find(kind, actor, token).plan as never,
    async carryOut(kind, actor, token, work) {
      const found = find(kind, actor, token)
      found.state = 'under-way'
      try {
        const outcome = await work(found.plan as never, (job) => void (found.job = job))
        found.state = 'done'
        return outcome
      } catch (error) {
        // What became of a job that was begun, the job tells.
        found.state = found.job === undefined ? 'new' : 'done'
        throw error
      }
    },
  }
}

function used({ job, state }: Issued): Error {
  if (job !== undefined) return refuse('confirm-used', 'What this token confirms was begun already.', { job })
  if (state === 'done') return refuse('confirm-used', 'What this token confirms was done already.', { hint: 'Look at what there is now.' })
  return refuse('confirm-used', 'What this token confirms is being done.', { hint: 'Wait a moment, and look at what there is then. Should it fail, this token is good again.' })
}

/** 32 random bytes that nobody guesses, for addresses and JSON. */
export function secret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
