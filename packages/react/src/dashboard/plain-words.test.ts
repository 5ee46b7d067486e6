import { describe, expect, test } from 'vitest'
import { plainGoes, plainKept, plainPlace, plainReason } from './plain-words.ts'

describe('what the handler says is put into plain words', () => {
  test('what to do does not speak of the code of the application', () => {
    const said = { id: 'three-two-one', title: 'One misfortune could take all copies', message: 'None is away.', action: 'Add a provider to "providers", and call init() once.' }
    expect(plainReason(said)).toMatchObject({ title: said.title, message: said.message, action: expect.not.stringMatching(/init|"providers"/) })
    expect(plainReason({ ...said, id: 'copies-late:gdrive:anna' }).action).toContain('Storage')
  })

  test('what is not known stays as it is', () => {
    const said = { id: 'of-a-later-version', title: 'A', message: 'B', action: 'C' }
    expect(plainReason(said)).toEqual({ title: 'A', message: 'B', action: 'C' })
    expect([plainKept(['tag price-list']), plainGoes('held no more'), plainPlace('tape')]).toEqual(['tag price-list', 'held no more', 'tape'])
  })

  test('why a backup stays is a few words, each of them once', () => {
    expect(plainKept(['newest', 'within 48 hours', 'daily 2026-11-22', 'weekly 2026-W47'])).toBe('the newest, of the last 48 hours, one a day, one a week')
    expect(plainKept(['daily 2026-11-22', 'daily 2026-11-21'])).toBe('one a day')
  })

  test('why a backup goes names the one that stays', () => {
    expect(plainGoes('no policy keeps it; the next newer one kept: 08b2 of 2026-10-23T13:55:00.000Z')).toBe('that of 2026-10-23T13:55:00.000Z stays instead')
  })
})
