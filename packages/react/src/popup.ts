import type { SignInWindow } from '@backup/client'

interface Opened {
  closed: boolean
  close(): void
  location: { href: string }
}

type Opener = { open?(url: string, name: string, features: string): Opened | null; screenX?: number; screenY?: number; outerWidth?: number }

/** A small window of its own, in the middle of this one; nothing when the browser blocks it. */
export function popup(): SignInWindow | undefined {
  const page = globalThis as Opener
  const left = Math.max(0, (page.screenX ?? 0) + ((page.outerWidth ?? 1000) - 520) / 2)
  const opened = page.open?.('about:blank', '_blank', `popup,width=520,height=680,left=${left},top=${(page.screenY ?? 0) + 80}`)
  if (!opened) return undefined
  return {
    go: (url) => void (opened.location.href = url),
    isClosed: () => opened.closed,
    close: () => opened.close(),
  }
}
