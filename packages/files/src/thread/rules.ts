import ignore, { type Ignore } from 'ignore'

/** Do the rules match this path? Rules and matching are those of `.gitignore`. */
export type Rules = (path: string, folder: boolean) => boolean

/** What the library remembers of paths it was asked about is forgotten so often. */
const forgetAfter = 10_000

/** @param rules later ones win over earlier ones; a match of a folder is one of all that is in it */
export function rulesOf(rules: readonly string[]): Rules {
  const fresh = (): Ignore => ignore({ ignorecase: false }).add([...rules])
  let matcher = fresh()
  let asked = 0
  return (path, folder) => {
    if (rules.length === 0 || path === '.') return false
    if (++asked % forgetAfter === 0) matcher = fresh()
    return matcher.ignores(folder ? `${path}/` : path)
  }
}
