import type { Caller } from '../access/authorize.ts'
import type { JsonSchema, Schema } from '../schema/schema.ts'
import type { Action } from '../wire/access.ts'
import type { ProblemCode } from '../wire/problem.ts'
import type { RouteName, Routes } from '../wire/routes.ts'
import type { Services } from './services.ts'

/** All that is known of a route: it is answered from this, and documented from this. */
export interface RouteDefinition<Name extends RouteName> {
  /** One line for people. */
  readonly summary: string
  /** What one must be allowed; `none` where the address itself is the secret. */
  readonly action: Action | 'none'
  /** What it is for this very request, where that depends on what is asked for. @default `action` */
  readonly actionOf?: ActionOf
  readonly answer: AnswerOf<Routes[Name]['answer']>
  /** @default 200 */
  readonly status?: 201 | 202
  readonly body?: Schema<Routes[Name]['body']>
  readonly query?: Schema<Routes[Name]['query']>
  /** What it may refuse, beyond what every route may. */
  readonly problems?: readonly ProblemCode[]
  /** @returns the answer, or a response where it is more than JSON */
  handle(services: Services, call: Call<Name>): Promise<Routes[Name]['answer'] | Response>
}

export type ActionOf = (services: Services, params: Call<RouteName>['params']) => Action

/** A schema for JSON, a media type for everything else. */
export type AnswerOf<Answer> = { readonly json: Schema<Answer> } | { readonly type: string; readonly description: string }

export interface Call<Name extends RouteName> {
  readonly request: Request
  /** Parts of the path by their names. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Routes[Name]['body']
  readonly query: Routes[Name]['query']
  readonly caller: Caller
}

/** These routes, complete. */
export type RoutesNamed<Names extends RouteName> = { readonly [Name in Names]: RouteDefinition<Name> }

/** One of them, whatever its name. */
export interface AnyRoute extends Pick<RouteDefinition<RouteName>, 'summary' | 'action' | 'actionOf' | 'status' | 'problems'> {
  readonly answer: { readonly json: JsonSchema } | { readonly type: string; readonly description: string }
  readonly body?: JsonSchema
  readonly query?: JsonSchema
  handle(services: Services, call: AnyCall): Promise<unknown>
}

export interface AnyCall extends Pick<Call<RouteName>, 'request' | 'params' | 'caller'> {
  readonly body: unknown
  readonly query: unknown
}
