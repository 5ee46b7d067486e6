import { byId, size } from './text.ts'

let working = false
let cancelled = false

export const busy = (): boolean => working

/** Somebody has pressed Cancel since the work began. */
export const isCancelled = (): boolean => cancelled

/** Shows that something is done, and takes no other wish meanwhile. */
export async function doing(text: string, work: () => Promise<void>): Promise<void> {
  working = true
  cancelled = false
  say(text)
  progress(undefined, 0)
  byId('work').hidden = false
  const buttons = document.querySelectorAll<HTMLButtonElement>('section:not(#work) button')
  for (const button of buttons) button.disabled = true
  const had = document.activeElement as HTMLElement | null
  try {
    await work()
  } finally {
    working = false
    for (const button of buttons) button.disabled = false
    byId('work').hidden = true
    // A button that cannot be pressed loses the focus.
    if (document.activeElement === document.body) had?.focus()
  }
}

export function say(text: string): void {
  byId('doing').textContent = text
}

/** @param done nothing when nobody can tell */
export function progress(done: number | undefined, total: number): void {
  const bar = byId<HTMLProgressElement>('bar')
  byId('cancel').hidden = done === undefined
  if (done === undefined) bar.removeAttribute('value')
  else bar.value = total === 0 ? 1 : done / total
  byId('amount').textContent = done === undefined ? '' : `${size(done)} of ${size(total)}`
}

byId('cancel').onclick = () => {
  cancelled = true
  say('Stopping…')
}

addEventListener('beforeunload', (event) => {
  if (working) event.preventDefault()
})
