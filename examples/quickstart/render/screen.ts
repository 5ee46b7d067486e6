import { type Output, type Screen as TerminalScreen, type ScreenOptions, createScreen as terminalScreen } from '@backup/cli/terminal'

/** Where the demo tells what it does. */
export interface Screen extends TerminalScreen {
  /** Begins a numbered step. */
  step(text: string): void
}

export function createScreen(output: Output, options: ScreenOptions): Screen {
  const screen = terminalScreen(output, { ...options, indent: '   ' })
  let steps = 0
  return Object.assign(screen, { step: (text: string) => screen.title(`${++steps} ${text}`) })
}
