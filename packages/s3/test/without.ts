import type { FixtureAbility, FixtureFault } from '@backup/core/testing'

/** What buckets do not have. */
export const without: Readonly<Partial<Record<FixtureFault | FixtureAbility, string>>> = {
  'daily-limit': 'S3 has none',
  reauth: 'access keys are not renewed; a key that was removed is `denied`',
  'expired-token': 'access keys do not expire; those of a session are renewed before: surroundings.test.ts',
  refreshes: 'access keys are not renewed',
  'keeps-fewer': 'a part is kept whole or not at all',
  duplicates: 'a name has one object',
  pass: 'the server has the clock of this machine; old uploads are aborted in answers.test.ts',
}
