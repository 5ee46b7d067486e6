import { type SetupPlan, retentionChoices, scheduleChoices } from './plan.ts'

/** The `backup.config.ts` for a plan. No secret stands in it. */
export function configText({ source, target, secret, retention, schedule }: SetupPlan): string {
  const { imports, code } = retentionChoices[retention]
  const when = scheduleChoices[schedule].code
  const fromFile = secret.place === 'file'
  const lines = [
    ...(fromFile ? ["import { readFileSync } from 'node:fs'"] : []),
    `import { defineBackup } from '@backup/cli'`,
    `import { ${[...imports, 'passphrase'].sort().join(', ')} } from '@backup/core'`,
    `import { local } from '@backup/local'`,
    `import { ${source.kind} } from '@backup/${source.kind}'`,
    '',
    '// What is backed up, where to, and what opens it. Every option: https://www.npmjs.com/package/@backup/core',
    'export default defineBackup({',
    `  source: ${source.kind}(${quoted(source.path)}),`,
    `  providers: [local(${quoted(target.path)})],`,
    secret.place === 'file'
      ? `  keys: passphrase(readFileSync(new URL(${quoted(`./${secret.file}`)}, import.meta.url), 'utf8').trim()),`
      : `  keys: passphrase(process.env[${quoted(secret.name)}]),`,
    ...(code === undefined ? [] : [`  retention: ${code},`]),
    ...(when === undefined ? [] : [`  schedule: ${when},`]),
    '})',
    '',
  ]
  return lines.join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
