import type { SnapshotView } from '../worker/protocol.ts'
import { byId, element, size, when } from './text.ts'

const linesAtOnce = 100
/** Fewer are looked through faster than one can type. */
const manySnapshots = 12

let all: readonly SnapshotView[] = []
let found: readonly SnapshotView[] = []
let shownLines = 0

/** The list of snapshots, newest first; the first is chosen. */
export function showSnapshots(snapshots: readonly SnapshotView[]): void {
  all = found = snapshots
  for (const id of ['find', 'find-label']) byId(id).hidden = snapshots.length <= manySnapshots
  byId<HTMLInputElement>('find').value = ''
  showFound()
}

showSnapshots.chosen = (): SnapshotView | undefined => {
  const radio = byId('list').querySelector<HTMLInputElement>('input:checked')
  return radio ? all.find(({ id }) => id === radio.value) : undefined
}

function showFound(): void {
  shownLines = 0
  byId('list').replaceChildren()
  if (found.length === 0) byId('list').append(element('p', 'No snapshot has that in its line.', 'meta'))
  showMore()
  const first = byId('list').querySelector('input')
  if (first) first.checked = true
}

function showMore(): void {
  byId('list').append(...found.slice(shownLines, shownLines + linesAtOnce).map(line))
  shownLines = Math.min(found.length, shownLines + linesAtOnce)
  byId('more').hidden = shownLines === found.length
}

function line(view: SnapshotView): HTMLElement {
  const { id, time, kind, label, note, bytes } = view
  const row = element('label')
  const radio = element('input')
  Object.assign(radio, { type: 'radio', name: 'snapshot', value: id })
  const text = element('span')
  text.append(element('strong', when(time)), element('span', [label, note].filter((part) => part !== '').join(': '), 'meta'))
  text.append(element('span', `${kind}, ${size(bytes)}, ${time}, ${id.slice(0, 12)}`, 'meta'))
  row.append(radio, text)
  return row
}

byId('more').onclick = showMore
byId('find').oninput = () => {
  const words = byId<HTMLInputElement>('find').value.toLowerCase().split(/\s+/)
  found = all.filter((view) => {
    const text = `${when(view.time)} ${Object.values(view).join(' ')}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  showFound()
}
