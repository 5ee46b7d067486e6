import { type Check, fail, ok, warn } from './check.ts'

/** Is this a Node that the packages can use? */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isAtLeast = (wantedMajor: number, wantedMinor: number): boolean => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  if (!isAtLeast(22, 12)) return fail(`Node ${version} is too old.`, 'Install Node 22.12 or later; 24 is a good choice.')
  if (isAtLeast(22, 18)) return ok(`Node ${version}`)
  return warn(
    `Node ${version} works, and lacks something: zstd before 22.15, SQLite before 22.16, configs in TypeScript without a second start before 22.18.`,
    'Install a newer Node; 24 is a good choice.',
  )
}
