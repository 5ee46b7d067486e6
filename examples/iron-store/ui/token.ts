const kept = 'iron-store-token'
const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1]

// Out of the address at once, and kept as long as this window, for reloads.
if (given !== undefined) {
  sessionStorage.setItem(kept, given)
  history.replaceState(undefined, '', location.pathname)
}

/** What the shell gave this window to prove that it may ask. */
export const token: string = sessionStorage.getItem(kept) ?? ''
