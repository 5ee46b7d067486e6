/** What the wizard found out: everything that is needed to set up a backup. */
export interface SetupPlan {
  readonly source: SourceChoice
  readonly target: TargetChoice
  readonly secret: SecretChoice
  readonly retention: RetentionChoice
  readonly schedule: ScheduleChoice
}

export interface SourceChoice {
  readonly kind: 'sqlite' | 'files'
  /** As it is to stand in the config. */
  readonly path: string
}

export interface TargetChoice {
  readonly kind: 'local'
  readonly path: string
}

export type SecretChoice =
  /** In a file beside the config that only its owner can read. */
  | { readonly place: 'file'; readonly file: string; readonly passphrase: string }
  /** In a variable that somebody else sets. */
  | { readonly place: 'env'; readonly name: string; readonly passphrase: string }

export type RetentionChoice = keyof typeof retentionChoices

/** What the config says for each, and what the question says. */
export const retentionChoices = {
  'fifteen-years': { imports: ['fifteenYears'], code: 'fifteenYears()', label: 'thin out over fifteen years', hint: 'all of 2 days, daily for 30 days, weekly for a year, monthly for 10 years, yearly for ever' },
  'thirty-days': { imports: ['keepDaily'], code: "keepDaily({ days: 30 })", label: 'one a day for 30 days', hint: 'small, and short-sighted' },
  everything: { imports: [], code: undefined, label: 'keep everything', hint: 'nothing is ever removed' },
} as const

export type ScheduleChoice = keyof typeof scheduleChoices

export const scheduleChoices = {
  'quarter-hour': { label: 'every 15 minutes', code: "{ every: '15m' }" },
  hour: { label: 'every hour', code: "{ every: '1h' }" },
  day: { label: 'every night at 3:00', code: "{ daily: '03:00' }" },
  none: { label: 'not by itself: I start it', code: undefined },
} as const
