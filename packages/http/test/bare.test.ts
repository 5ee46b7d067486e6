import { describe, expect, test } from 'vitest'
import type { RouteName } from '../src/index.ts'
import { routeTable } from '../src/routes/table.ts'
import { answered } from './documented.ts'
import { startBare } from './hosts/bare.ts'
import { handlerSuite } from './suite/index.ts'

// Not all answers are JSON that a call of the suite checks.
const otherwise: readonly RouteName[] = ['GET /events/stream', 'GET /oauth/callback']

handlerSuite('on nothing but itself', startBare)

describe('afterwards', () => {
  test('every route has been seen to answer as the document says', () => {
    const all = Object.keys(routeTable) as RouteName[]
    expect(all.filter((name) => !answered.has(name) && !otherwise.includes(name))).toEqual([])
  })
})
