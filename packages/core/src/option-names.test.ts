import { expect, test } from 'vitest'
import type { BackupError } from './errors.ts'
import { nearest } from './nearest.ts'
import { checkNames } from './option-names.ts'

const known = ['source', 'providers', 'keys', 'retention', 'zone', 'state', 'copies']

test.each([
  ['retenion', 'retention'], ['provider', 'providers'], ['soruce', 'source'], ['Keys', 'keys'], ['stat', 'state'], ['key', 'keys'],
])('%s is taken for a slip of %s', (name, meant) => {
  expect(nearest(name, known)).toBe(meant)
})

test.each(['password', 'x', '', 'schedule'])('%j is near to nothing', (name) => {
  expect(nearest(name, known)).toBeUndefined()
})

test('an unknown option is refused with the nearest one, or with all where none is near', () => {
  const refused = (given: object, within?: string) => {
    try {
      checkNames(given, known, within)
    } catch (error) {
      return error as BackupError
    }
    return undefined
  }
  expect(refused({ source: 1, zone: undefined })).toBeUndefined()
  expect(refused({ retenion: undefined })).toMatchObject({
    kind: 'config', key: 'retenion', message: '"retenion" is not an option. Did you mean "retention"?',
  })
  expect(refused({ password: 1 })?.message).toBe(`"password" is not an option. Options are ${known.join(', ')}.`)
  expect(refused({ kyes: 1 }, 'copies')).toMatchObject({ key: 'copies.kyes', message: '"kyes" is not an option of "copies". Did you mean "keys"?' })
})
