import { folderType, type StoredFile } from './store.ts'

/** A search as Drive understands it, as far as it is needed: `'id' in parents and trashed = false`. */
export interface Query {
  matches(file: StoredFile, isTrashed: boolean): boolean
  /** Searches by name see less of what is new. */
  readonly byName: boolean
}

type Test = (file: StoredFile, isTrashed: boolean) => boolean

const words = /'(?:[^'\\]|\\.)*'|!=|=|\(|\)|[\w.]+/g

/** @returns `undefined` for a search that the fake does not know, which is an error of the caller */
export function parseQuery(text: string, idOf: (alias: string) => string): Query | undefined {
  const rest = text.match(words) ?? []
  if (text.replaceAll(words, '').trim() !== '') return undefined
  let byName = false
  let isKnown = true
  const unquoted = (word = ''): string => word.slice(1, -1).replaceAll(/\\(.)/g, '$1')
  const take = (wanted?: string): string => {
    const word = rest.shift() ?? ''
    if (wanted !== undefined && word !== wanted) isKnown = false
    return word
  }

  const either = (): Test => {
    const tests = [all()]
    while (rest[0] === 'or' && rest.shift()) tests.push(all())
    return (...of) => tests.some((test) => test(...of))
  }
  const all = (): Test => {
    const tests = [one()]
    while (rest[0] === 'and' && rest.shift()) tests.push(one())
    return (...of) => tests.every((test) => test(...of))
  }
  const one = (): Test => {
    const word = take()
    if (word === '(') {
      const test = either()
      take(')')
      return test
    }
    if (word === 'not') {
      const test = one()
      return (...of) => !test(...of)
    }
    if (word.startsWith("'")) {
      take('in')
      take('parents')
      const parent = idOf(unquoted(word))
      return (file) => file.parent === parent
    }
    const sign = take()
    const negated = sign === '!='
    if (sign !== '=' && !negated) isKnown = false
    const value = take()
    const compared: Readonly<Record<string, Test>> = {
      trashed: (_, isTrashed) => String(isTrashed) === value,
      mimeType: (file) => file.mimeType === unquoted(value),
      // Case does not matter to Drive.
      name: (file) => file.name.toLowerCase() === unquoted(value).toLowerCase(),
    }
    const test = compared[word]
    if (word === 'name') byName = true
    if (!test) isKnown = false
    return (...of) => test?.(...of) !== negated
  }

  const test = rest.length === 0 ? () => true : either()
  if (!isKnown || rest.length > 0) return undefined
  return { matches: test, byName }
}

export function isFolder({ mimeType }: StoredFile): boolean {
  return mimeType === folderType
}
