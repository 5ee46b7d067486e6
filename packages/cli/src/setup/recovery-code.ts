import type { Screen } from '../terminal/screen.ts'

/** Shown once, and kept nowhere: it has to be seen, whatever is silenced. */
export function printRecoveryCode(screen: Screen, code: string): void {
  screen.alert('')
  screen.alert('RECOVERY CODE: write it down or print it now. It is shown once and stored nowhere.')
  screen.alert('')
  screen.alert(code)
  screen.alert('')
  screen.alert(
    'It opens the backups when the passphrase is lost. Keep it away from this machine: in a safe, or with someone you trust. ' +
      'Whoever has it can read everything.',
  )
  screen.alert('')
}
