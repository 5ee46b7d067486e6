import { BackupError } from './errors.ts'
import { nearest } from './nearest.ts'

/**
 * Refuses options that nobody reads: a misspelled one would be ignored in silence, for years.
 *
 * @param within the option that holds these, for the message
 * @throws `config` naming the nearest option, or all of them when none is near
 */
export function checkNames(given: object, known: readonly string[], within?: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const place = within === undefined ? '' : ` of "${within}"`
    const meant = nearest(name, known)
    const advice = meant === undefined ? `Options are ${known.join(', ')}.` : `Did you mean "${meant}"?`
    throw new BackupError('config', `"${name}" is not an option${place}. ${advice}`, {
      key: within === undefined ? name : `${within}.${name}`,
    })
  }
}
