import type { RowKeyJson } from '@backup/client'
import { type ReactNode, useState } from 'react'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'

/** Rows that somebody has ticked. */
export interface Chosen {
  has(key: RowKeyJson): boolean
  toggle(key: RowKeyJson): void
  clear(): void
  readonly keys: readonly RowKeyJson[]
}

export function useChosen(): Chosen {
  const [keys, setKeys] = useState<readonly RowKeyJson[]>([])
  const isKey = (one: RowKeyJson) => (other: RowKeyJson): boolean => JSON.stringify(one) === JSON.stringify(other)
  return {
    keys,
    has: (key) => keys.some(isKey(key)),
    toggle: (key) => setKeys(keys.some(isKey(key)) ? keys.filter((other) => !isKey(key)(other)) : [...keys, key]),
    clear: () => setKeys([]),
  }
}

/** Whether rows can be brought back at all. */
export function useBringsBack(): boolean {
  return useResource('GET /session').data?.tables === 'bring-back'
}

export interface ChosenBarProps {
  readonly chosen: Chosen
  onBringBack(keys: readonly RowKeyJson[]): void
}

/** What can be done with them. */
export function ChosenBar({ chosen, onBringBack }: ChosenBarProps): ReactNode {
  const { words: { travel } } = useDashboard()
  const count = chosen.keys.length
  return (
    <div className="backup-chosen" data-some={count > 0 || undefined}>
      <p role="status">{count === 0 ? travel.chooseFirst : travel.chosen(count)}</p>
      {count > 0 && <Button look="quiet" onClick={chosen.clear}>{travel.clear}</Button>}
      <Button look="primary" isBusy={count === 0} onClick={() => onBringBack(chosen.keys)}>{travel.back(count)}</Button>
    </div>
  )
}
