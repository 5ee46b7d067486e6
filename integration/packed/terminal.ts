import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import headless from '@xterm/headless'

/** A shell in a pseudo terminal, and somebody who reads its screen and types. */
export interface TerminalSession {
  /** All that was ever shown, as a person would see it by scrolling back. */
  text(): Promise<string>
  /** Waits until the text appears behind what was waited for before. @throws with the screen when it does not */
  shows(wanted: string): Promise<void>
  type(keys: string): void
  close(): Promise<void>
}

export interface TerminalOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly columns: number
  readonly patienceMs: number
}

/** `script` of util-linux makes the terminal, and a terminal emulator draws what it shows. */
export function openTerminal({ cwd, env, columns, patienceMs }: TerminalOptions): TerminalSession {
  const screen = new headless.Terminal({ cols: columns, rows: 50, scrollback: 5000, allowProposedApi: true })
  const start = `stty cols ${columns} rows 50; exec sh -i`
  const shell: ChildProcessWithoutNullStreams = spawn('script', ['-q', '-f', '-e', '-c', start, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm-256color', PS1: '$ ', ENV: '' },
  })
  shell.stdout.on('data', (bytes: Uint8Array) => screen.write(bytes))
  // Questions that programs ask the terminal, such as where the cursor is, want an answer.
  screen.onData((answer) => shell.stdin.write(answer))
  const ended = new Promise<void>((resolve) => shell.on('exit', () => resolve()))
  let seen = 0

  const text = async (): Promise<string> => {
    await new Promise<void>((resolve) => screen.write('', resolve))
    const { active } = screen.buffer
    const lines = Array.from({ length: active.length }, (_, line) => active.getLine(line))
    return lines.reduce((all, line) => `${all}${line?.isWrapped ? '' : '\n'}${line?.translateToString(true) ?? ''}`, '').trim()
  }

  return {
    text,
    async shows(wanted) {
      const until = Date.now() + patienceMs
      for (;;) {
        const shown = await text()
        const at = shown.indexOf(wanted, seen)
        if (at >= 0) {
          seen = at + wanted.length
          return
        }
        if (Date.now() > until) throw new Error(`"${wanted}" does not appear:\n${shown}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    type: (keys) => void shell.stdin.write(keys),
    async close() {
      shell.stdin.end('exit\n')
      await ended
      screen.dispose()
    },
  }
}
