/** One thing that was looked at. */
export interface Check {
  readonly level: 'ok' | 'warn' | 'fail'
  /** What was seen. */
  readonly says: string
  /** What to do about it. */
  readonly advice?: string
}

export const ok = (says: string): Check => ({ level: 'ok', says })
export const warn = (says: string, advice: string): Check => ({ level: 'warn', says, advice })
export const fail = (says: string, advice: string): Check => ({ level: 'fail', says, advice })
