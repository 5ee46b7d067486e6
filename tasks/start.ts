// Starts a program of this repository: `start.ts FOLDER PROGRAM ARGS…`. What the program needs is installed and
// built first, told about on stderr only. The program then runs in FOLDER, where its user called npm, so that
// relative paths mean what the user thinks. FOLDER is handed on as an argument because npx puts its own folder
// in INIT_CWD. Arguments stay a list: no shell reads them again.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '..')
const [folder, program, ...args] = process.argv.slice(2)
if (folder === undefined || program === undefined) throw new Error('usage: start.ts FOLDER PROGRAM ARGS…')

pnpm('install', '--frozen-lockfile')
pnpm('exec', 'turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only')

const { error, status } = spawnSync(process.execPath, [resolve(repository, program), ...args], {
  // A shell that knows no $INIT_CWD (cmd.exe) hands on the name itself.
  cwd: existsSync(folder) ? folder : process.cwd(),
  stdio: 'inherit',
})
if (error) throw error
process.exit(status ?? 1)

function pnpm(...words: string[]): void {
  const { error, status } = spawnSync('pnpm', words, {
    cwd: repository,
    stdio: ['inherit', 2, 2],
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
