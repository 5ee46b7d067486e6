import type { Action, SessionJson } from '../wire/access.ts'
import type { ProblemCode, ProblemJson } from '../wire/problem.ts'
import type { CodeNotedBody, ConfigurationJson, InitResultJson, RecoveryCodeJson, SetupJson } from '../wire/setup.ts'
import { type PropertiesOf, type Schema, amount, either, flag, just, list, named, number, object, oneOf, optional, text, whole, words } from './schema.ts'

export interface FailureJson {
  readonly kind: string
  readonly message: string
  readonly hint: string
  readonly altered?: true
  readonly foreign?: true
}

const failureProperties: PropertiesOf<Omit<FailureJson, 'foreign'>> = {
  kind: text(),
  message: text(),
  hint: text(),
  altered: optional(just(true)),
}

/** As the handler tells them, in our words. */
export const failure: Schema<Omit<FailureJson, 'foreign'>> = object<Omit<FailureJson, 'foreign'>>(failureProperties)

/** As core's types have them. */
export const coreFailure: Schema<FailureJson> = object<FailureJson>({ ...failureProperties, foreign: optional(just(true)) })

export const action: Schema<Action> = oneOf('read', 'run', 'restore', 'delete', 'configure')

export const session: Schema<SessionJson> = named(
  'Session',
  object<SessionJson>({
    actor: text(),
    can: list(action),
    label: text(),
    tables: oneOf('none', 'look', 'bring-back'),
    places: flag('A restore may go to other places than the live one.'),
  }),
)

const code: Schema<ProblemCode> = oneOf(
  'unauthorised', 'forbidden', 'origin', 'unknown-route', 'unknown', 'method', 'malformed', 'invalid', 'reason', 'media-type', 'too-large',
  'confirm-stale', 'confirm-used', 'suspect', 'sign-in', 'closed', 'failed', 'internal',
)

export const problem: Schema<ProblemJson> = named(
  'Problem',
  object<ProblemJson>(
    {
      type: { ...text(), format: 'uri' },
      title: text(),
      status: whole(400, 599),
      detail: text(),
      code,
      kind: optional(text('Kind of the BackupError.')),
      hint: text(),
      key: optional(text()),
      retryable: flag(),
      retryAfterMs: optional(amount()),
      altered: optional(just(true)),
      errors: optional(list(object<NonNullable<ProblemJson['errors']>[number]>({ at: text(), message: text() }))),
      needs: optional(text()),
      job: optional(text()),
      findings: optional(list(text())),
    },
    'A refusal or failure (RFC 9457).',
  ),
)

export const setup: Schema<SetupJson> = named(
  'Setup',
  object<SetupJson>({
    state: oneOf('ready', 'new', 'missing', 'locked', 'unreachable'),
    repository: optional(text()),
    problem: optional(coreFailure),
    codeToNote: optional(just(true)),
  }),
)

const recoveryCode = text('Opens the repository when the passphrase is lost.')

/** Nothing that is as long is a code. */
export const codeNotedBody: Schema<CodeNotedBody> = object<CodeNotedBody>({ recoveryCode: words(100) })

export const newRecoveryCode: Schema<RecoveryCodeJson> = named('NewRecoveryCode', object<RecoveryCodeJson>({ recoveryCode }))

export const initResult: Schema<InitResultJson> = named(
  'InitResult',
  object<InitResultJson>({
    created: flag(),
    repository: text(),
    recoveryCode: optional(recoveryCode),
  }),
)

const codec: Schema<'store' | 'gzip' | 'brotli' | 'lz4' | 'zstd'> = oneOf('store', 'gzip', 'brotli', 'lz4', 'zstd')
const milliseconds = amount('Milliseconds.')
type Targets = ConfigurationJson['targets']
/** `'15m'`, or milliseconds. */
const span = (): Schema<NonNullable<Targets['rpo']>> => ({ type: ['string', 'number'] })

/** One of five ways, each with its own fields: core's documentation has them. */
export const schedule: Schema<NonNullable<ConfigurationJson['schedule']>> = {
  type: 'object',
  properties: {
    every: text(),
    anchor: text(),
    daily: { anyOf: [text(), list(text())] },
    weekly: { anyOf: [text(), list(text())] },
    cron: text(),
    adaptive: { type: 'object' },
    zone: text(),
    jitter: text(),
  },
  additionalProperties: false,
}

export const configuration: Schema<ConfigurationJson> = named(
  'Configuration',
  object<ConfigurationJson>({
    source: object<ConfigurationJson['source']>({ name: text(), label: text(), selective: flag(), parts: optional(list(text())) }),
    providers: list(object<ConfigurationJson['providers'][number]>({ name: text(), location: text(), nearby: flag() })),
    copies: object<ConfigurationJson['copies']>({ required: whole(1), target: whole(1) }),
    keys: list(text()),
    retention: list(text('Title of a policy.')),
    whenFull: optional(object<NonNullable<ConfigurationJson['whenFull']>>({ above: number(), retention: list(text()) })),
    schedule: optional(schedule),
    zone: text(),
    compression: either<[ConfigurationJson['compression']]>({
      anyOf: [oneOf('auto'), codec, { type: 'object', properties: { codec, level: number() }, required: ['codec'], additionalProperties: false }],
    }),
    suite: oneOf('aes-256-gcm', 'xchacha20-poly1305'),
    deltas: flag(),
    collection: object<ConfigurationJson['collection']>({
      listMs: milliseconds,
      lateMs: milliseconds,
      lifeMs: milliseconds,
      graceMs: milliseconds,
      windowMs: milliseconds,
      undoMs: milliseconds,
    }),
    targets: object<Targets>({
      rpo: optional(span()),
      rto: optional(span()),
      verify: optional(span()),
      drill: optional(span()),
      quota: optional(number()),
      copies: optional(span()),
      retention: optional(span()),
      success: optional(number()),
      threeTwoOne: optional(flag()),
    }),
    notify: list(text()),
  }),
)
