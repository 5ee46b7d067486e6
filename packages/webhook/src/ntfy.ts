import {
  cutText,
  type Message,
  messenger,
  type Notice,
  type Notifier,
  oneLine,
  sinceWhen,
  utf8Length,
} from '@backup/core'
import { headerText } from './header-text.ts'
import { type Meaning, nonsense } from './meanings.ts'
import { check, type ChatOptions, checkAddress, checkChat } from './options.ts'
import { type Answer, jsonOf, post } from './post.ts'

export interface NtfyOptions extends ChatOptions {
  /** [`'https://ntfy.sh'`] */
  readonly server?: string
  /** 1 to 64 letters, digits, `_` and `-`. On a public server, who can guess it can read it. */
  readonly topic: string
  /** Access token, `tk_…`. [none] */
  readonly token?: string
  /** Address that opens when the notification is tapped. [none] */
  readonly click?: string
}

/** In bytes; a longer message would become a file to download. */
const longest = { message: 4096, title: 200 }

/** Priority 5 rings through "do not disturb" where the user has allowed it. */
const looks: Readonly<Record<Notice['level'], readonly [priority: string, tag: string]>> = {
  critical: ['5', 'rotating_light'],
  warning: ['4', 'warning'],
  solved: ['3', 'white_check_mark'],
  info: ['3', 'information_source'],
}
const byUrgency: readonly Notice['level'][] = ['critical', 'warning', 'solved', 'info']

/**
 * A notifier that sends push notifications through ntfy, to telephones and desktops: alerts, when they are
 * raised and when they are over. What happens within two seconds goes into one notification.
 *
 * @throws `config` when an option is wrong. `notify` rejects with `auth`, `config`, `permanent`, `throttled`
 * or `transient`.
 * @see https://docs.ntfy.sh/publish/
 *
 * @example
 * ```ts
 * const push = ntfy({ topic: 'shop-backups-8f2k1', name: 'iron-store' })
 * createBackup({ source, providers, keys, notify: [push] })
 * ```
 */
export function ntfy(options: NtfyOptions): Notifier {
  const plugin = 'ntfy'
  checkChat(plugin, options)
  const {
    server = 'https://ntfy.sh',
    topic,
    token,
    click,
    name,
    wants,
    zone,
    gatherMs,
    timers,
  } = (options ?? {}) as NtfyOptions
  const base = checkAddress(plugin, 'server', server, token !== undefined)
  check(
    plugin,
    'topic',
    typeof topic === 'string' && /^[\w-]{1,64}$/.test(topic),
    "1 to 64 letters, digits, '_' and '-'",
  )
  check(
    plugin,
    'token',
    token === undefined || (typeof token === 'string' && /^[\w~+/=.-]+$/.test(token)),
    'an access token',
  )
  const own = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(click !== undefined && { click: checkAddress(plugin, 'click', click, false).href }),
  }
  const address = new URL(`${base.pathname.replace(/\/$/, '')}/${topic}`, base)
  return messenger({
    plugin,
    subject: name,
    wants,
    gatherMs,
    timers,
    most: 10,
    send: (message, { signal }) =>
      post({
        plugin,
        address,
        headers: { ...own, ...headersOf(message) },
        body: bodyOf(message, zone),
        signal,
        meaningOf,
      }),
  })
}

function headersOf({ subject, notices }: Message): Record<string, string> {
  const [worst] = notices.toSorted((a, b) => byUrgency.indexOf(a.level) - byUrgency.indexOf(b.level))
  const [priority, tags] = looks[worst!.level]
  const about = subject === '' ? 'Backup' : subject
  const more = notices.length > 1 ? ` (and ${notices.length - 1} more)` : ''
  const title = cutText(oneLine(`${about}: ${worst!.title}`), longest.title, utf8Length)
  return { title: headerText(`${title}${more}`), priority, tags }
}

function bodyOf({ notices, lost }: Message, zone: string | undefined): string {
  const [only] = notices
  const texts =
    notices.length === 1
      ? [textOf(only!, zone)]
      : notices.map((notice) => `${oneLine(notice.title)}\n${textOf(notice, zone)}`)
  const left = lost > 0 ? [`${lost} earlier messages were left out.`] : []
  return cutText([...texts, ...left].join('\n\n'), longest.message, utf8Length)
}

function textOf(notice: Notice, zone: string | undefined): string {
  const { message, action } = notice
  const lines = [
    cutText(message, 1500),
    action === '' ? '' : `What to do: ${cutText(action, 800)}`,
    sinceWhen(notice, zone),
  ]
  return lines.filter((line) => line !== '').join('\n')
}

function meaningOf({ isOk, text }: Answer): 'ok' | Meaning | undefined {
  if (!isOk) return undefined
  const { id, event } = jsonOf(text)
  return typeof id === 'string' && event === 'message' ? 'ok' : nonsense('ntfy')
}
