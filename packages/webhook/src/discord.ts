import {
  cutText,
  type Message,
  messenger,
  type Notice,
  type Notifier,
  oneLine,
  sinceWhen,
} from '@backup/core'
import { type Meaning, nonsense } from './meanings.ts'
import { check, type ChatOptions, checkAddress, checkChat } from './options.ts'
import { type Answer, jsonOf, post } from './post.ts'

export interface DiscordOptions extends ChatOptions {
  /** Address of a webhook of a channel, `https://discord.com/api/webhooks/…`; who has it can post. */
  readonly url: string
}

/** Content takes 2000 characters, a title 256, all embeds of a message 6000. */
const longest = { about: 200, titles: 1600, title: 256, message: 500, action: 300 }
const most = 5

const colours: Readonly<Record<Notice['level'], number>> = {
  critical: 0xb00020,
  warning: 0xe0a000,
  solved: 0x1b6e2c,
  info: 0x607080,
}

const gone: Meaning = [
  'config',
  'the webhook is gone',
  'Make a new webhook for the channel, and name its address.',
]
const codes: Readonly<Record<string, Meaning>> = { 10_003: gone, 10_015: gone, 50_027: gone }

/**
 * A notifier that writes into a Discord channel through its webhook: alerts, when they are raised and when
 * they are over. What happens within two seconds goes into one message. Nobody is pinged, whatever the texts
 * say.
 *
 * @throws `config` when an option is wrong. `notify` rejects with `auth`, `config`, `permanent`, `throttled`
 * or `transient`.
 * @see https://discord.com/developers/docs/resources/webhook#execute-webhook
 *
 * @example
 * ```ts
 * createBackup({ source, providers, keys, notify: [discord({ url: process.env.DISCORD_WEBHOOK ?? '' })] })
 * ```
 */
export function discord(options: DiscordOptions): Notifier {
  const plugin = 'discord'
  checkChat(plugin, options)
  const { url, name, wants, zone, gatherMs, timers } = (options ?? {}) as DiscordOptions
  const address = checkAddress(plugin, 'url', url, true)
  check(
    plugin,
    'url',
    /\/webhooks\/\d+\/[\w-]+$/.test(address.pathname),
    'the address of a webhook, https://discord.com/api/webhooks/…',
  )
  // Otherwise it is answered before anybody knows whether there will be a message.
  address.searchParams.set('wait', 'true')
  const headers = { 'content-type': 'application/json' }
  return messenger({
    plugin,
    subject: name,
    wants,
    gatherMs,
    timers,
    most,
    send: (message, { signal }) =>
      post({ plugin, address, headers, body: JSON.stringify(bodyOf(message, zone)), signal, meaningOf }),
  })
}

function bodyOf({ subject, notices, lost }: Message, zone: string | undefined) {
  const about = plainTo(subject === '' ? 'Backup' : `Backup of ${oneLine(subject)}`, longest.about)
  const titles = plainTo(notices.map(({ title }) => oneLine(title)).join(' · '), longest.titles)
  const left = lost > 0 ? ` (${lost} earlier messages were left out)` : ''
  return {
    content: `**${about}**: ${titles}${left}`,
    embeds: notices.map((notice) => embed(notice, zone)),
    allowed_mentions: { parse: [] },
  }
}

function embed(notice: Notice, zone: string | undefined) {
  const { level, title, message, action, at } = notice
  const lines = [
    plainTo(message, longest.message),
    action === '' ? '' : `**What to do:** ${plainTo(action, longest.action)}`,
    sinceWhen(notice, zone),
  ]
  return {
    title: plainTo(oneLine(title), longest.title),
    description: lines.filter((line) => line !== '').join('\n'),
    color: colours[level],
    timestamp: new Date(at).toISOString(),
  }
}

/** Paths and names are full of what Markdown takes for emphasis. */
function plain(text: string): string {
  return text.replace(/[\\*_~`|<>[\]()#@]/g, '\\$&')
}

function plainTo(text: string, most: number): string {
  return plain(cutText(text, most, (part) => plain(part).length))
}

function meaningOf({ isOk, text }: Answer): 'ok' | Meaning | undefined {
  const { id, code } = jsonOf(text)
  if (isOk) return typeof id === 'string' ? 'ok' : nonsense('Discord')
  const known = codes[String(code)]
  return known && [known[0], known[1], known[2], String(code)]
}
