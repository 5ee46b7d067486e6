const kept = 'iron-store-token'
const inShell = 'iron-store-shell'
const [, given, shell] = /^#token=([\w-]+)(&shell)?$/.exec(location.hash) ?? []

// Out of the address at once, and kept as long as this window, for reloads.
if (given !== undefined) {
  sessionStorage.setItem(kept, given)
  sessionStorage.setItem(inShell, shell ?? '')
  history.replaceState(undefined, '', location.pathname)
}

/** What the shell gave this window to prove that it may ask. */
export const token: string = sessionStorage.getItem(kept) ?? ''

/** Opens a page of a vendor: shells do not let this window leave, and have the browser of the system open it. @returns nothing in a browser */
export const openOutside: ((url: string) => void) | undefined = sessionStorage.getItem(inShell) ? (url) => location.assign(url) : undefined
