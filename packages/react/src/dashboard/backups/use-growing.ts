import { type RefCallback, useCallback, useState } from 'react'

/**
 * Shows a long list piece by piece, as somebody comes near its end: a page with thousands of rows is there as fast as one with fifty.
 *
 * @returns how many to show, what to put at the end, and what shows more
 */
export function useGrowing(total: number, atFirst: number): { readonly shown: number; readonly end: RefCallback<Element>; readonly grow: () => void } {
  const [count, setCount] = useState(atFirst)
  const grow = useCallback(() => setCount((known) => 2 * known), [])
  const end = useCallback<RefCallback<Element>>(
    (element) => {
      if (!element || typeof IntersectionObserver === 'undefined') return
      const observer = new IntersectionObserver((entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) grow()
      }, { rootMargin: '400px' })
      observer.observe(element)
      return () => observer.disconnect()
    },
    [grow, count],
  )
  return { shown: Math.min(count, total), end, grow }
}
