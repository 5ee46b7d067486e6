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
import { type ChatOptions, checkAddress, checkChat } from './options.ts'
import { type Answer, jsonOf, post } from './post.ts'

export interface SlackOptions extends ChatOptions {
  /**
   * Address of an incoming webhook; who has it can post. Mattermost and Rocket.Chat take the same messages.
   */
  readonly url: string
}

/** A section takes 3000 characters, after escaping. */
const longest = { title: 300, message: 1500, action: 1000 }

const marks: Readonly<Record<Notice['level'], string>> = {
  critical: ':red_circle:',
  warning: ':warning:',
  solved: ':white_check_mark:',
  info: ':information_source:',
}

const gone: Meaning = [
  'config',
  'the webhook or its channel is gone',
  'Make a new incoming webhook, and name its address.',
]
const forbidden: Meaning = [
  'auth',
  'posting to this channel is not allowed',
  'Ask who administers the workspace.',
]
const misread: Meaning = ['permanent', 'the message is not understood']

/** What Slack says in plain words, sometimes with status 200. */
const codes: Readonly<Record<string, Meaning>> = {
  no_service: gone,
  no_service_id: gone,
  no_team: gone,
  no_active_hooks: gone,
  team_disabled: gone,
  invalid_token: gone,
  user_not_found: gone,
  channel_not_found: gone,
  channel_is_archived: gone,
  action_prohibited: forbidden,
  posting_to_general_channel_denied: forbidden,
  invalid_payload: misread,
  invalid_blocks: misread,
  no_text: misread,
  rate_limited: ['throttled', 'the server asks for fewer messages'],
  rollup_error: ['transient', 'the server reports a fault of its own'],
}

/**
 * A notifier that writes into a Slack channel through an incoming webhook: alerts, when they are raised and
 * when they are over. What happens within two seconds goes into one message.
 *
 * @throws `config` when an option is wrong. `notify` rejects with `auth`, `config`, `permanent`, `throttled`
 * or `transient`.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 *
 * @example
 * ```ts
 * createBackup({ source, providers, keys, notify: [slack({ url: process.env.SLACK_WEBHOOK ?? '' })] })
 * ```
 */
export function slack(options: SlackOptions): Notifier {
  const plugin = 'slack'
  checkChat(plugin, options)
  const { url, name, wants, zone, gatherMs, timers } = (options ?? {}) as SlackOptions
  const address = checkAddress(plugin, 'url', url, true)
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return messenger({
    plugin,
    subject: name,
    wants,
    gatherMs,
    timers,
    most: 20,
    send: (message, { signal }) =>
      post({ plugin, address, headers, body: JSON.stringify(bodyOf(message, zone)), signal, meaningOf }),
  })
}

function bodyOf({ subject, notices, lost }: Message, zone: string | undefined) {
  const about = subject === '' ? 'Backup' : `Backup of ${subject}`
  const titles = notices.map(({ title }) => oneLine(title)).join(' · ')
  const left = lost > 0 ? [section(`_${lost} earlier messages were left out._`)] : []
  return {
    // For notifications and screen readers.
    text: escapedTo(`${about}: ${titles}`, longest.title),
    blocks: [
      section(`*${escapedTo(oneLine(about), longest.title)}*`),
      ...notices.map((notice) => section(textOf(notice, zone))),
      ...left,
    ],
    unfurl_links: false,
    unfurl_media: false,
  }
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function textOf(notice: Notice, zone: string | undefined): string {
  const { level, title, message, action } = notice
  const lines = [
    `${marks[level]} *${escapedTo(oneLine(title), longest.title)}*`,
    escapedTo(message, longest.message),
    action === '' ? '' : `*What to do:* ${escapedTo(action, longest.action)}`,
    `_${sinceWhen(notice, zone)}_`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** These three characters make links and mentions; nothing else does. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character] ?? '')
}

function escapedTo(text: string, most: number): string {
  return escaped(cutText(text, most, (part) => escaped(part).length))
}

function meaningOf({ isOk, text }: Answer): 'ok' | Meaning | undefined {
  const { ok, success, error } = jsonOf(text)
  const said = (typeof error === 'string' ? error : text).trim()
  if (isOk && (said === 'ok' || ok === true || success === true)) return 'ok'
  const known = Object.hasOwn(codes, said) ? codes[said] : undefined
  if (known) return [known[0], known[1], known[2], said]
  return isOk ? nonsense('Slack') : undefined
}
