import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { BackupError, type ErrorKind } from '@backup/core'
import { describe, expect, test } from 'vitest'

// What the documents say is what the code says, and every link in them leads somewhere.

const root = resolve(import.meta.dirname, '../..')
const documents = globSync(['*.md', 'docs/*.md', 'bench/README.md', '{packages,examples}/*/README.md'], { cwd: root }).sort()
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Complete by type: a kind that is added to the union must be added here, and then to the README. */
const kinds: Readonly<Record<ErrorKind, true>> = {
  config: true, 'not-found': true, exists: true, 'target-missing': true, 'not-a-repository': true, auth: true,
  quota: true, throttled: true, transient: true, busy: true, range: true, corrupt: true, key: true,
  unsupported: true, source: true, cancelled: true, permanent: true,
}

/** The options that a README explains, and the interfaces that declare them. */
const options = [
  ['README.md', 'packages/core/src/config.ts', ['BackupConfig']],
  ['docs/health.md', 'packages/core/src/contract/targets.ts', ['HealthTargets', 'AlertOptions']],
  ['packages/client/README.md', 'packages/client/src/client.ts', ['BackupClientOptions']],
  ['packages/email/README.md', 'packages/email/src/options.ts', ['EmailOptions', 'SmtpOptions']],
  ['packages/files/README.md', 'packages/files/src/options.ts', ['FilesOptions']],
  ['packages/gdrive/README.md', 'packages/gdrive/src/*.ts', ['GdriveOptions', 'ServiceAccountOptions']],
  ['packages/http/README.md', 'packages/http/src/options.ts', ['BackupHandlerOptions']],
  ['packages/local/README.md', 'packages/local/src/local.ts', ['LocalPlace', 'LocalOptions']],
  [
    'packages/metrics/README.md',
    'packages/metrics/src/*.ts',
    ['PrometheusOptions', 'OpenTelemetryOptions'],
  ],
  [
    'packages/oauth/README.md',
    'packages/oauth/src/*.ts',
    [
      'OAuthClient', 'TimeOptions', 'BrowserOptions', 'DeviceCodeOptions', 'AuthorizationUrlOptions', 'CompleteOptions',
      'TokenSourceOptions', 'WebAccountOptions', 'FileTokenStoreOptions', 'RevokeOptions',
    ],
  ],
  ['packages/onedrive/README.md', 'packages/onedrive/src/options.ts', ['OneDriveOptions']],
  ['packages/opfs/README.md', 'packages/opfs/src/*.ts', ['OpfsPlace', 'OpfsOptions', 'DirectoryHandleOptions']],
  ['packages/react/README.md', 'packages/react/src/**/*.tsx', ['BackupDashboardProps', 'BackupClientProviderProps']],
  ['packages/s3/README.md', 'packages/s3/src/options.ts', ['S3Options']],
  ['packages/sqlite/README.md', 'packages/sqlite/src/options.ts', ['SqliteOptions']],
  ['packages/sqlite-travel/README.md', 'packages/sqlite-travel/src/*.ts', ['OpenSnapshotOptions', 'RowsBackRequest', 'DiffTablesOptions', 'BringRowsBackRequest', 'SqliteTravelOptions']],
  ['packages/tauri/README.md', 'packages/tauri/src/*.ts', ['TauriPlace', 'TauriFolderOptions', 'TauriSqliteOptions']],
  [
    'packages/webhook/README.md',
    'packages/webhook/src/*.ts',
    ['WebhookOptions', 'ChatOptions', 'SlackOptions', 'DiscordOptions', 'NtfyOptions', 'VerifyWebhookOptions'],
  ],
] as const

test.each(Object.keys(kinds) as ErrorKind[])('an error of kind %s links to a row that says the same', (kind) => {
  const { docs, hint, retryable } = new BackupError(kind, 'An example.')
  const [document = '', anchor] = docs.split('#')
  const first = `| <a id="${anchor}"></a>\`${kind}\``
  const row = textOf(document).split('\n').find((line) => line.startsWith(first))
  expect(row?.split(' | ')).toEqual([first, expect.any(String), retryable ? 'yes' : 'no', `${hint} |`])
})

test.each(options)('%s explains the options of %s', (document, file, interfaces) => {
  const section = textOf(document).split(/^## /m).find((text) => text.startsWith('Options\n')) ?? ''
  const explained = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  const code = globSync(file, { cwd: root }).map(textOf).join('\n')
  const bodies = interfaces.map((name) => new RegExp(`^export interface ${name} .*?^}`, 'ms').exec(code))
  const declared = bodies.flatMap((body) =>
    [...(body?.[0] ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name),
  )
  expect(declared).not.toEqual([])
  expect(explained.sort()).toEqual(declared.sort())
})

describe.each(documents)('%s', (document) => {
  test('shows files as they are', () => {
    const shown = [...textOf(document).matchAll(/^<!-- the same as (\S+) -->\n```ts\n(.*?)^```$/gms)]
    expect(shown.length).toBe(textOf(document).split('<!-- the same as').length - 1)
    for (const [, file = '', code] of shown) expect(code).toBe(textOf(file))
  })

  test('links only to what is there', () => {
    const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const lost = links.filter((link) => !/^https?:/.test(link) && !isThere(document, link))
    expect(lost).toEqual([])
  })
})

test('the guide shows a provider that the suite certifies', () => {
  expect(textOf('docs/write-a-provider.md')).toContain('<!-- the same as examples/http-store/http-store.ts -->')
  expect(textOf('examples/http-store/http-store.test.ts')).toContain("from './http-store.ts'")
})

function isThere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsOf(textOf(target)).includes(anchor)
}

/** As GitHub makes them from headings: lower case, no punctuation, hyphens for blanks. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  const made = headings.map((heading) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-'),
  )
  return [...made, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]
}
