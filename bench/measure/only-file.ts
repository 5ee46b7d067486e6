import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The one file below a folder, however deep. */
export function onlyFileBelow(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const [file] = files
  if (file === undefined || files.length > 1)
    throw new Error(`${folder} holds ${files.length} files, expected one`)
  return join(file.parentPath, file.name)
}
