import { spawnSync } from 'node:child_process'

/**
 * The first line that the program prints about its version; says how to get the program when it is missing.
 */
export function versionOf(program: string, args: readonly string[], debianPackage: string): string {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === 0) return (stdout.split('\n')[0] as string).trim()
  throw new Error(
    `The benchmark measures side by side with ${program}, which is not on the PATH. ` +
      `On Debian and Ubuntu: apt-get install ${debianPackage}`,
  )
}
