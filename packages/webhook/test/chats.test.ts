import type { ReceivedRequest } from '@backup-internal/fakes/listeners'
import { describe, expect, test } from 'vitest'
import { discord, ntfy, slack } from '../src/index.ts'
import { alert, cleared, quick, raised, receiver, tell } from './fixture.ts'

const common = { name: 'iron-store', zone: 'Europe/Berlin', gatherMs: 0, timers: quick }
const hostile = {
  title: 'a\r\nX-Evil: 1\n@everyone <!channel> & <@U1>',
  message: '*b*\n_c_ `d` [e](http://evil.example)',
  action: '<script>',
}
const long = { title: `${'t'.repeat(400)}🙂`, message: '🙂&'.repeat(5000), action: 'ä'.repeat(5000) }

/** Of a character that was cut in two. */
const halves = /\p{Surrogate}|\\ud[89a-f]/u

function bodies(requests: readonly ReceivedRequest[]): unknown[] {
  return requests.map(({ body }) => JSON.parse(body) as unknown)
}

describe('Slack', () => {
  const answer = () => ({ status: 200, body: 'ok' })
  const since = '_Since 2026-03-29 01:30 UTC+1 (3 hours)._'

  test('gets what is wrong, since when, and what to do', async () => {
    const server = await receiver(answer)
    await tell(slack({ ...common, url: `${server.origin}/services/T0/B0/key` }), raised())
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /services/T0/B0/key',
    ])
    expect(bodies(server.requests)).toEqual([
      {
        text: 'Backup of iron-store: No backup for 3 hours',
        blocks: [
          { type: 'section', text: { type: 'mrkdwn', text: '*Backup of iron-store*' } },
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              text: `:red_circle: *${alert.title}*\n${alert.message}\n*What to do:* ${alert.action}\n${since}`,
            },
          },
        ],
        unfurl_links: false,
        unfurl_media: false,
      },
    ])
  })

  test('gets what happens together in one message', async () => {
    const server = await receiver(answer)
    await tell(slack({ ...common, gatherMs: 500, url: server.origin }), raised(), cleared)
    expect(bodies(server.requests)).toMatchObject([
      { text: 'Backup of iron-store: No backup for 3 hours · Solved: No backup for 3 hours' },
    ])
  })

  test('takes nothing for a mention or a link', async () => {
    const server = await receiver(answer)
    await tell(slack({ ...common, url: server.origin }), raised(hostile))
    const { body = '' } = server.requests[0] ?? {}
    expect(body).not.toMatch(/<[!@#]|<script/)
    expect(body).toContain('a X-Evil: 1 @everyone &lt;!channel&gt; &amp; &lt;@U1&gt;')
  })

  test('gets no section beyond its limit, and no character in halves', async () => {
    const server = await receiver(answer)
    await tell(slack({ ...common, url: server.origin }), raised(long))
    const [{ blocks } = { blocks: [] }] = bodies(server.requests) as {
      blocks: { text: { text: string } }[]
    }[]
    expect(blocks).toHaveLength(2)
    for (const { text } of blocks) {
      expect(text.text.length).toBeLessThanOrEqual(3000)
      expect(text.text).not.toMatch(halves)
    }
    expect(blocks[1]?.text.text).toMatch(/(🙂&amp;)+…\n/u)
  })

  test.each(['ok', '{"ok":true}', '{"success":true}'])(
    'and its relatives take a message with %s',
    async (body) => {
      const server = await receiver(() => ({ status: 200, body }))
      await tell(slack({ ...common, url: server.origin }), raised())
      expect(server.requests).toHaveLength(1)
    },
  )
})

describe('Discord', () => {
  const answer = () => ({ status: 200, body: { id: '1', type: 0 } })
  const at = '/api/webhooks/123/t0ken_-'

  test('gets what is wrong, since when, and what to do, and is asked for a receipt', async () => {
    const server = await receiver(answer)
    await tell(discord({ ...common, url: `${server.origin}${at}?thread_id=9` }), raised())
    expect(server.requests.map(({ path }) => path)).toEqual([`${at}?thread_id=9&wait=true`])
    expect(bodies(server.requests)).toEqual([
      {
        content: '**Backup of iron-store**: No backup for 3 hours',
        embeds: [
          {
            title: alert.title,
            description: `${alert.message}\n**What to do:** ${alert.action}\nSince 2026-03-29 01:30 UTC+1 (3 hours).`,
            color: 0xb00020,
            timestamp: '2026-03-29T03:30:00.000Z',
          },
        ],
        allowed_mentions: { parse: [] },
      },
    ])
  })

  test('pings nobody and formats nothing that was not meant so', async () => {
    const server = await receiver(answer)
    await tell(discord({ ...common, url: `${server.origin}${at}` }), raised(hostile))
    const [body] = bodies(server.requests) as [
      { embeds: { description: string }[]; allowed_mentions: unknown; content: string },
    ]
    expect(body.allowed_mentions).toEqual({ parse: [] })
    expect(body.content).toContain('a X-Evil: 1 \\@everyone \\<!channel\\> & \\<\\@U1\\>')
    expect(body.embeds[0]?.description.split('\n').slice(0, 2)).toEqual([
      '\\*b\\*',
      '\\_c\\_ \\`d\\` \\[e\\]\\(http://evil.example\\)',
    ])
  })

  test('gets no text beyond its limits, however many there are', async () => {
    const server = await receiver(answer)
    const many = Array.from({ length: 7 }, (_, n) => raised({ ...long, title: `${'_'.repeat(400)}${n}` }))
    await tell(discord({ ...common, gatherMs: 500, url: `${server.origin}${at}` }), ...many)
    const messages = bodies(server.requests) as {
      content: string
      embeds: { title: string; description: string }[]
    }[]
    expect(messages.map(({ embeds }) => embeds.length)).toEqual([5, 2])
    for (const { content, embeds } of messages) {
      expect(content.length).toBeLessThanOrEqual(2000)
      expect(embeds.every(({ title }) => title.length <= 256)).toBe(true)
      expect(
        embeds.map(({ title, description }) => title.length + description.length).reduce((a, b) => a + b),
      ).toBeLessThanOrEqual(6000)
      expect(JSON.stringify(embeds)).not.toMatch(halves)
    }
  })
})

describe('ntfy', () => {
  const answer = () => ({ status: 200, body: { id: 'x', event: 'message', topic: 't' } })

  test('gets title, priority, tags and where a tap leads to', async () => {
    const server = await receiver(answer)
    const click = 'https://shop.example.com/backups'
    await tell(
      ntfy({ ...common, server: server.origin, topic: 'shop-8f2k1', token: 'tk_secret', click }),
      raised(),
    )
    const [{ path, headers, body } = { path: '', headers: new Headers(), body: '' }] = server.requests
    expect(path).toBe('/shop-8f2k1')
    expect(['title', 'priority', 'tags', 'click', 'authorization'].map((name) => headers.get(name))).toEqual([
      'iron-store: No backup for 3 hours',
      '5',
      'rotating_light',
      click,
      'Bearer tk_secret',
    ])
    expect(body).toBe(
      `${alert.message}\nWhat to do: ${alert.action}\nSince 2026-03-29 01:30 UTC+1 (3 hours).`,
    )
  })

  test('rings for what is wrong, not for what is over', async () => {
    const server = await receiver(answer)
    const notifier = ntfy({ ...common, server: `${server.origin}/push/`, topic: 't' })
    await tell(notifier, cleared)
    await tell(notifier, raised({ severity: 'warning' }))
    expect(
      server.requests.map(({ path, headers }) => [path, headers.get('priority'), headers.get('tags')]),
    ).toEqual([
      ['/push/t', '3', 'white_check_mark'],
      ['/push/t', '4', 'warning'],
    ])
    expect(server.requests[0]?.headers.has('authorization')).toBe(false)
  })

  test('gets titles of all languages in encoded words', async () => {
    const server = await receiver(answer)
    const title = 'Größe der Sicherung – 備份失敗 🙂'.repeat(2)
    await tell(ntfy({ ...common, server: server.origin, topic: 't' }), raised({ title }))
    const words = (server.requests[0]?.headers.get('title') ?? '').split(' ')
    for (const word of words) expect(word).toMatch(/^=\?UTF-8\?B\?[A-Za-z0-9+/=]{1,56}\?=$/)
    const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString('utf8')).join('')
    expect(decoded).toBe(`iron-store: ${title}`)
  })

  test('gets no header that a text has made', async () => {
    const server = await receiver(answer)
    await tell(
      ntfy({ ...common, name: 'iron\r\nPriority: 1', server: server.origin, topic: 't' }),
      raised(hostile),
    )
    const { headers = new Headers() } = server.requests[0] ?? {}
    expect(headers.get('title')).toBe('iron Priority: 1: a X-Evil: 1 @everyone <!channel> & <@U1>')
    expect([headers.get('priority'), headers.has('x-evil')]).toEqual(['5', false])
  })

  test('gets no message that would become a file', async () => {
    const server = await receiver(answer)
    const many = Array.from({ length: 9 }, () => raised(long))
    await tell(ntfy({ ...common, gatherMs: 500, server: server.origin, topic: 't' }), ...many)
    const { body = '', headers = new Headers() } = server.requests[0] ?? {}
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(body)).toBeGreaterThan(4000)
    expect(body).not.toMatch(halves)
    expect(headers.get('title')).toMatch(/ ?\(and 8 more\)$|^=\?UTF-8/)
  })
})
