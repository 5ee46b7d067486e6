/**
 * A recovery code that was made and that nobody has noted yet, as far as is known. Answers get lost and pages are closed; the code is in no
 * other place, so it is kept here until somebody has said that it is on paper, or the program ends.
 */
export interface CodeToNote {
  /** Nothing when there is none. */
  waiting(): string | undefined
  keep(code: string): void
  /** @returns whether that is the one which is waited for, or none is */
  noted(code: string): boolean
}

export function createCodeToNote(): CodeToNote {
  let kept: string | undefined
  return {
    waiting: () => kept,
    keep(code) {
      kept = code
    },
    noted(code) {
      if (kept !== undefined && kept !== code) return false
      kept = undefined
      return true
    },
  }
}
