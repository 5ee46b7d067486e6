import { describe, expect, it } from 'vitest'
import { versionOf } from './installed.ts'

describe('versionOf', () => {
  it('is the first line that the program prints', () => {
    expect(versionOf('bash', ['--version'], 'bash')).toMatch(/^GNU bash, version \S+ \S+$/)
  })

  it('says how to get a program that is missing', () => {
    expect(() => versionOf('no-such-backup-program', ['version'], 'no-such-package')).toThrow(
      /no-such-backup-program, which is not on the PATH.*apt-get install no-such-package/,
    )
  })
})
