import { createHash, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BackupError } from '../../errors.ts'
import { portableCrypto } from '../portable.ts'
import { createRecoveryCode, formatRecoveryCode, parseRecoveryCode, recoveryCode } from './recovery-code.ts'

const bytes = Uint8Array.from({ length: 20 }, (_, at) => at * 13 + 7)
const text = formatRecoveryCode(bytes)
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const context = { crypto: portableCrypto, repository: new Uint8Array(16).fill(3) }

function mistake(typed: string): BackupError {
  try {
    parseRecoveryCode(typed)
  } catch (error) {
    if (BackupError.is(error, 'config')) return error
  }
  throw new Error('the code was accepted')
}

describe('a recovery code', () => {
  test('is written as FORMAT.md §5.4 says', () => {
    const checksum = createHash('sha256').update('backup/1/recovery-code').update(bytes).digest()
    const bits = [...bytes, ...checksum.subarray(0, 3)]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('')
    const symbols = Array.from(
      { length: 36 },
      (_, at) => alphabet[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)],
    )
    const groups = Array.from({ length: 6 }, (_, group) => symbols.slice(group * 6, group * 6 + 6).join(''))
    expect(text).toBe(groups.join('-'))
  })

  test('comes back from its text, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (code) => {
        expect(parseRecoveryCode(formatRecoveryCode(code))).toEqual(code)
      }),
    )
  })

  test('is new every time', () => {
    const codes = new Set(Array.from({ length: 100 }, () => createRecoveryCode(portableCrypto)))
    expect(codes.size).toBe(100)
  })

  test.each([
    ['capitals', text.toUpperCase()],
    ['no hyphens', text.replaceAll('-', '')],
    ['blanks and line breaks', ` ${text.replaceAll('-', ' \n ')}\t`],
    ['dashes of a word processor', text.replaceAll('-', '\u2013')],
    ['o for 0', text.replaceAll('0', 'o')],
    ['capital O for 0', text.replaceAll('0', 'O')],
    ['l for 1', text.replaceAll('1', 'l')],
    ['I for 1', text.replaceAll('1', 'I')],
  ])('may be typed with %s', (_, typed) => {
    expect(typed).not.toBe(text)
    expect(parseRecoveryCode(typed)).toEqual(bytes)
  })

  test('notices every single symbol that is another one', () => {
    const symbols = text.replaceAll('-', '')
    for (let at = 0; at < 36; at++) {
      for (const other of alphabet) {
        if (other === symbols[at]) continue
        expect(mistake(symbols.slice(0, at) + other + symbols.slice(at + 1)).message).toContain('checksum')
      }
    }
  })

  test('notices neighbours that changed places', () => {
    const symbols = text.replaceAll('-', '')
    for (let at = 0; at < 35; at++) {
      if (symbols[at] === symbols[at + 1]) continue
      const typed = symbols.slice(0, at) + symbols[at + 1]! + symbols[at]! + symbols.slice(at + 2)
      expect(mistake(typed).message).toContain('checksum')
    }
  })

  test.each([
    ['35 symbols', text.slice(0, -1)],
    ['37 symbols', `${text}0`],
    ['0 symbols', ''],
    ['30 symbols', text.slice(0, -7)],
  ])('says so when there are %s', (said, typed) => {
    expect(mistake(typed).message).toContain(said)
  })

  test('says where a symbol is not one of its own', () => {
    const typed = `${text.slice(0, 9)}u${text.slice(10)}`
    expect(mistake(typed).message).toContain('symbol 3 of group 2')
    expect(mistake(`${text.slice(0, 40)}ß`).message).toContain('symbol 6 of group 6')
    expect(mistake(`${text.slice(0, 40)}\u{1f600}`).message).toContain('symbol 6 of group 6')
  })

  test('is never repeated in a message', () => {
    for (const typed of [
      text.slice(0, -1),
      `${text}!`,
      `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`,
    ]) {
      const { message, hint, stack } = mistake(typed)
      for (const group of text.split('-')) expect(message + hint + stack).not.toContain(group)
    }
  })

  test('opens slots with the key of FORMAT.md §5.2', async () => {
    const provider = recoveryCode(text)
    const expected = new Uint8Array(hkdfSync('sha256', bytes, context.repository, 'backup/1/recovery', 32))
    expect(provider.slotKind).toBe('recovery')
    expect(await provider.create(context)).toEqual({ kdf: { name: 'recovery' }, key: expected })
    expect(await provider.derive({ name: 'recovery' }, context)).toEqual(expected)
    await expect(provider.derive({ name: 'raw' }, context)).rejects.toMatchObject({ kind: 'unsupported' })
  })

  test('is checked as soon as it is given', () => {
    expect(() => recoveryCode(text.slice(1))).toThrow(BackupError)
    expect(() => recoveryCode(undefined as unknown as string)).toThrow(BackupError)
  })
})
