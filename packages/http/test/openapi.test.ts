import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { type RouteName, openApi } from '../src/index.ts'
import { routeTable } from '../src/routes/table.ts'
import type { AnyRoute } from '../src/route/route.ts'
import { document } from './documented.ts'

const routes: readonly (readonly [RouteName, AnyRoute])[] = Object.entries(routeTable) as never

test('the document is OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(openApi()))
  expect(result.errors).toBeUndefined()
  expect(result.valid).toBe(true)
})

test('every route is in it, and nothing else', () => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  expect(documented.sort()).toEqual(routes.map(([name]) => name).sort())
})

test('every schema in it is one, and refers to what is there', () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true })
  addFormats.default(ajv)
  ajv.addVocabulary(['components'])
  const names = Object.keys(document.components.schemas)
  expect(names.length).toBeGreaterThan(40)
  for (const name of names) ajv.compile({ $ref: `#/components/schemas/${name}`, components: document.components })
})

test('operations have names of their own, for those who make clients of it', () => {
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods as unknown as Record<string, { operationId: string }>).map(({ operationId }) => operationId))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('postRestorePlans')
})

test('whoever asks for what cannot be taken lightly has to say why and what was planned', () => {
  const guarded: RouteName[] = ['POST /restores', 'POST /row-restores', 'POST /removals', 'POST /retention/apply']
  for (const name of guarded) expect(routeTable[name].body).toMatchObject({ required: expect.arrayContaining(['token', 'reason']) })
  const lightly = routes.filter(([, { action, body }]) => action === 'delete' && !(body?.['required'] as string[] | undefined)?.includes('reason'))
  // These change nothing.
  expect(lightly.map(([name]) => name)).toEqual(['POST /removal-plans', 'POST /retention/plans'])
})

test('where the action depends on what is asked for, a reason can be given', () => {
  const depending = routes.filter(([, { actionOf }]) => actionOf)
  expect(depending.map(([name]) => name)).toEqual(['POST /schedule/:job/run'])
  for (const [, { body }] of depending) expect(body).toMatchObject({ properties: { reason: {} } })
})

test('only the page that a vendor leads back to can be reached by somebody who is not known', () => {
  expect(routes.filter(([, { action }]) => action === 'none').map(([name]) => name)).toEqual(['GET /oauth/callback'])
})

test('servers are where the handler is', () => {
  expect(openApi('/backups')).toMatchObject({ servers: [{ url: '/backups' }] })
})
