import { cutText, type Message, type Notice, oneLine, sinceWhen } from '@backup/core'

/** What a mail says, as text and as simple HTML. */
export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly isUrgent: boolean
}

/** Where the mail comes from, for those who look after several machines. */
export interface Origin {
  readonly host: string
  readonly zone: string | undefined
}

// Mail programs show some dozens; a header has at most 998 bytes.
const longestSubject = 150
const longestText = 4000

const byUrgency: readonly Notice['level'][] = ['critical', 'warning', 'solved', 'info']
const colours: Readonly<Record<Notice['level'], string>> = {
  critical: '#b00020',
  warning: '#8a5a00',
  solved: '#1b6e2c',
  info: '#333333',
}

/** Subject: what and where. Body: what, since when, what to do, the most urgent first. */
export function compose({ subject, notices, lost }: Message, { host, zone }: Origin): Mail {
  const sorted = notices.toSorted((a, b) => byUrgency.indexOf(a.level) - byUrgency.indexOf(b.level))
  const [first] = sorted
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : ''
  const about = subject === '' ? '' : `${oneLine(subject)}: `
  const what = cutText(oneLine(`${about}${first?.title ?? ''}`), longestSubject)
  const footer = [
    ...(lost > 0 ? [`${lost} earlier messages were left out, because too many waited to be sent.`] : []),
    `From the backup${subject === '' ? '' : ` of ${oneLine(subject)}`} on ${host}.`,
  ]
  return {
    subject: `[backup] ${what}${more}`,
    text:
      [...sorted.map((notice) => asText(notice, zone)), ['--', ...footer].join('\n')].join('\n\n\n') + '\n',
    html: [
      ...sorted.map((notice) => asHtml(notice, zone)),
      `<hr>\n<p>${footer.map(escaped).join('<br>')}</p>\n`,
    ].join('\n'),
    isUrgent: first?.level === 'critical',
  }
}

function asText({ title, message, action, ...rest }: Notice, zone: string | undefined): string {
  const paragraphs = [
    `${oneLine(title)}\n${sinceWhen({ title, message, action, ...rest }, zone)}`,
    cutText(message, longestText),
    action === '' ? '' : `What to do: ${cutText(action, longestText)}`,
  ]
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')
}

function asHtml(notice: Notice, zone: string | undefined): string {
  const { level, title, message, action } = notice
  const paragraphs = [
    `<h2 style="color:${colours[level]}">${escaped(oneLine(title))}</h2>`,
    `<p>${escaped(sinceWhen(notice, zone))}</p>`,
    message === '' ? '' : `<p>${escaped(cutText(message, longestText))}</p>`,
    action === '' ? '' : `<p><b>What to do:</b> ${escaped(cutText(action, longestText))}</p>`,
  ]
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '<br>\n',
}

function escaped(text: string): string {
  return text.replace(/[&<>"\n]/g, (character) => entities[character] ?? '')
}
