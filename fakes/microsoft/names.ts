export type AccountKind = 'personal' | 'business'

const forbidden = /["*:<>?/\\|]/
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|~\$.*)$/i

/** Would OneDrive take an item of this name? */
export function isLegalName(name: string): boolean {
  if (name === '' || name.length > 255 || forbidden.test(name) || reserved.test(name)) return false
  return !/^[ ~]|[ .]$/.test(name) && !name.toLowerCase().includes('_vti_')
}

/** Names differ by more than case. */
export function folded(name: string): string {
  return name.toLowerCase()
}
