/** What differs from one recording to the next, and what stands for it. */
const changing: readonly (readonly [RegExp, string])[] = [
  // What npm says about the machine it runs on.
  [/^npm (?:warn|notice).*\n/gm, ''],
  // The recovery code: one that opens nothing.
  [/\b[a-z0-9]{6}(?:-[a-z0-9]{6}){5}\b/g, 'xxxxxx-xxxxxx-xxxxxx-xxxxxx-xxxxxx-xxxxxx'],
  [/\b[0-9a-f]{12}\b/g, '3f2a9c41d07b'],
  [/\b20\d\d-\d\d-\d\d \d\d:\d\d\b/g, '2026-11-21 21:30'],
  [/\b\d+\.\d\d s\b/g, '0.25 s'],
  [/\b\d+ packages in \d+m?s\b/g, '9 packages in 2s'],
  [/\b\d+ms\b/g, '9ms'],
  [/\b(?:just now|\d minutes? ago)\b/g, 'just now'],
  // What compression makes of it depends on the versions of SQLite and Node.
  [/\b\d+(?:\.\d)? kB(?= stored|,? added| from|  1 of 1)/g, '38.9 kB'],
  [/\b\d+(?:\.\d)? GB free\b/g, '500.0 GB free'],
]

/** The same text for every recording of the same thing. */
export function steady(text: string, folder: string): string {
  const moved = text.replaceAll(folder, '/home/anna/shop')
  return `${changing.reduce((all, [pattern, by]) => all.replaceAll(pattern, by), moved)}\n`
}
