import type { RunContext } from '../track/run.ts'
import type { Repository } from './repository.ts'

export interface Scratch {
  /** Absent where there are no files. */
  readonly path?: string
  /** Takes it away; never fails. */
  remove(): Promise<void>
}

/** A folder for what a source has to put somewhere while it works. Many sources can do without; those that cannot will say so. */
export async function temporaryFolder({ state }: Repository, { warn }: RunContext): Promise<Scratch> {
  try {
    const folder = await state.temporaryFolder?.()
    if (!folder) return { remove: async () => {} }
    return {
      path: folder.path,
      async remove() {
        await folder.remove().catch(({ message }: Error) => warn(`Temporary files were left behind: ${message}`, `Remove ${folder.path} yourself.`))
      },
    }
  } catch (error) {
    warn(`There is no folder for temporary files: ${(error as Error).message}`, 'Name a folder in option "state" that can be written to.')
    return { remove: async () => {} }
  }
}
