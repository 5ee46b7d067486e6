import { BackupError, type BackupEvent, type Timers, isZone } from '@backup/core'

/** What all that write to people have in common. */
export interface ChatOptions {
  /**
   * What is backed up, as the reader calls it; messages begin with it. [the label of the source]
   */
  readonly name?: string
  /** Which events. `isAlertOrFailure` of core adds runs that failed. [alerts] */
  readonly wants?: (event: BackupEvent) => boolean
  /** IANA zone of the times in messages: `'Europe/Berlin'`. [the system's] */
  readonly zone?: string
  /** Milliseconds that a message waits for more to say, 0 to 10,000. [2000] */
  readonly gatherMs?: number
  /** For waiting. [the system's] */
  readonly timers?: Timers
}

/** @throws `config` naming the option, never its value: it may be a secret in the wrong place. */
export function checkChat(plugin: string, options: ChatOptions): void {
  const { name = '', wants, zone, gatherMs = 0 } = (options ?? {}) as Partial<ChatOptions>
  check(plugin, 'name', typeof name === 'string', 'text')
  check(plugin, 'wants', wants === undefined || typeof wants === 'function', 'a function')
  check(plugin, 'zone', zone === undefined || isZone(zone), "an IANA zone, such as 'Europe/Berlin'")
  check(
    plugin,
    'gatherMs',
    Number.isInteger(gatherMs) && gatherMs >= 0 && gatherMs <= 10_000,
    '0 to 10,000 milliseconds',
  )
}

/**
 * @param isSecret what is sent, or the address itself, must not be read on the way
 * @throws `config`
 */
export function checkAddress(plugin: string, option: string, value: unknown, isSecret: boolean): URL {
  const address = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isRight =
    address !== undefined &&
    /^https?:$/.test(address.protocol) &&
    `${address.username}${address.password}` === ''
  check(plugin, option, isRight, 'an address without user and password that begins with https://')
  const isSafe = address!.protocol === 'https:' || !isSecret || isLoopback(address!.hostname)
  check(
    plugin,
    option,
    isSafe,
    'an address that begins with https://: anybody on the way could read it otherwise',
  )
  return address!
}

export function check(plugin: string, option: string, isRight: boolean, wanted: string): void {
  if (isRight) return
  throw new BackupError('config', `Option "${option}" of ${plugin}() must be ${wanted}.`, {
    plugin,
    key: option,
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host)
}
