import { randomInt } from 'node:crypto'

/** Letters and digits that are not mistaken for one another when they are copied by hand. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

/**
 * Five groups of five: 123 bits, more than anybody can try, and short enough to be typed.
 */
export function generatePassphrase(): string {
  const group = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return Array.from({ length: 5 }, group).join('-')
}
