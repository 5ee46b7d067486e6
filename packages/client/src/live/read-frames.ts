/** One frame of an event stream; a comment has no data. */
export interface Frame {
  readonly id?: string
  readonly data?: string
}

/**
 * Reads `text/event-stream`. Comments are frames, too: they are a sign of life.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      const blocks = rest.split(/\r\n\r\n|\n\n|\r\r/)
      rest = blocks.pop()!
      for (const block of blocks) yield frameOf(block)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function frameOf(block: string): Frame {
  const fields = new Map<string, string[]>()
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  const id = fields.get('id')?.at(-1)
  const data = fields.get('data')?.join('\n')
  return { ...(id !== undefined && { id }), ...(data !== undefined && { data }) }
}
