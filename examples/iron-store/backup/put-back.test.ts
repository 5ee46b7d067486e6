import { BackupError, type BackupSource } from '@backup/core'
import { sqlite } from '@backup/sqlite'
import { expect, test } from 'vitest'
import { putBack } from './put-back.ts'

test('where even that fails, it is said that the data is not as it was, and where the copy is', async () => {
  let asked = 0
  const source: BackupSource = {
    ...sqlite('store.db'),
    async restore() {
      asked++
      throw new BackupError('quota', 'The disk is full.')
    },
  }
  const context = { overwrite: true, proof: { complete: true }, warn: () => {} }
  const error = await putBack({ source, context, stream: 'database', safetyCopy: '/data/store.db.before' }, new Error('no such table: customer'))
  expect(asked).toBe(1)
  expect(error).toMatchObject({ kind: 'unsupported', altered: true, hint: expect.stringContaining('/data/store.db.before') })
  expect(error.message).toMatch(/no such table: customer.*The disk is full/)
})
