const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** So many bytes as people here write it. */
export function size(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const format = { style: 'unit', unit: units[power]!, unitDisplay: power === 0 ? 'long' : 'short', maximumFractionDigits: power === 0 ? 0 : 1 } as const
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** power)
}

/** A moment as people here write it. */
export function when(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' })
}

export function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`
}

/** An element with text in it: nothing from a backup is ever read as HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, text = '', className = ''): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.textContent = text
  if (className !== '') made.className = className
  return made
}

export function byId<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind
}
