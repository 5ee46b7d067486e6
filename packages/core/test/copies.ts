import { type MemoryProvider, memoryProvider } from '../src/testing/index.ts'
import { freshMemoryState, withoutFiles } from './fixtures.ts'

/** The same objects in a place of their own. */
export function copyOf({ objects }: MemoryProvider): MemoryProvider {
  return memoryProvider({ store: { objects: new Map(objects), created: true } })
}

/** What an installation remembers of a repository, once more. @returns the name of the copy, for option `state` */
export async function copyOfState({ repository, state }: { readonly repository: string; readonly state: string }): Promise<string> {
  const copy = freshMemoryState()
  const [from, to] = [await withoutFiles.openState(repository, state), await withoutFiles.openState(repository, copy)]
  for (const item of await from.list()) await to.write(item, (await from.read(item))!)
  return copy
}
