import type { ReactNode } from 'react'

/** Paths on a square of 24, drawn with a line of 2. */
const paths = {
  shield: 'M12 3 4.5 6v5.5c0 4.6 3.2 8 7.5 9.5 4.300-1.500 7.500-4.900 7.500-9.500V6z',
  check: 'm8.500 12 2.500 2.500 4.500-5',
  alert: 'M12 8v4.500m0 3v.01',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  disk: 'M4 6c0-1.700 3.600-3 8-3s8 1.300 8 3v12c0 1.700-3.600 3-8 3s-8-1.300-8-3zm0 0c0 1.700 3.600 3 8 3s8-1.300 8-3M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3',
  cloud: 'M7 19a4.500 4.500 0 0 1-.5-9 6 6 0 0 1 11.500 1.500 3.800 3.800 0 0 1-.5 7.500z',
  back: 'M4 5v5h5M4.500 10A8 8 0 1 1 4 14',
  lock: 'M6 11h12v9H6zm2.500 0V7.500a3.500 3.500 0 0 1 7 0V11',
  close: 'm6 6 12 12M18 6 6 18',
  pause: 'M9 6v12m6-12v12',
  plus: 'M12 5v14M5 12h14',
  bulb: 'M9.500 18h5m-4 3h3M12 3a6 6 0 0 0-3.500 10.900c.6.500 1 1.200 1 2.100h5c0-.9.4-1.600 1-2.100A6 6 0 0 0 12 3z',
  chevron: 'm9 6 6 6-6 6',
} as const

export type IconName = keyof typeof paths

/** A picture that says nothing which the text beside it does not say. */
export function Icon({ name, also, size = 20 }: { readonly name: IconName; readonly also?: IconName; readonly size?: number }): ReactNode {
  return (
    <svg className="backup-icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={paths[name]} />
      {also && <path d={paths[also]} />}
    </svg>
  )
}
