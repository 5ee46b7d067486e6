import { codes } from '../problem/codes.ts'
import type { AnyRoute } from '../route/route.ts'
import { streamEvent } from '../schema/events.ts'
import { problem } from '../schema/session.ts'
import type { JsonSchema } from '../schema/schema.ts'
import type { ProblemCode } from '../wire/problem.ts'
import { type Hoister, hoister } from './hoisted.ts'

/** What every route may refuse, and what one with a body may. */
const always: readonly ProblemCode[] = ['unauthorised', 'forbidden', 'method', 'internal']
const withBody: readonly ProblemCode[] = ['malformed', 'invalid', 'media-type', 'too-large']

/**
 * The API as OpenAPI 3.1, made from the table that answers it.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(routes: Readonly<Record<string, AnyRoute>>, basePath: string): Readonly<Record<string, unknown>> {
  const schemas = hoister()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ')
    const template = path.replace(/:(\w+)/g, '{$1}')
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation(method, path, route, schemas) }
  }
  schemas.refer(streamEvent)
  return {
    openapi: '3.1.1',
    info: { title: 'Backup', version: '1', description: 'Backups of an application, and the way back.', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths,
    components: {
      schemas: schemas.schemas,
      securitySchemes: { application: { type: 'apiKey', in: 'cookie', name: 'session', description: 'Whatever the application signs its users in with.' } },
    },
    security: [{ application: [] }],
  }
}

function operation(method: string, path: string, route: AnyRoute, schemas: Hoister): object {
  const { summary, action, actionOf, body, query, status = 200, problems = [] } = route
  const hasBody = method === 'POST'
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:.-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(action === 'none' ? { security: [] } : { description: `Needs action \`${action}\`${actionOf ? ', or another that the answer to a GET names as `needs`' : ''}.` }),
    parameters: [...pathParameters(path), ...(query ? queryParameters(query, schemas) : [])],
    ...(body && { requestBody: { required: isNeeded(body), content: { 'application/json': { schema: schemas.refer(body) } } } }),
    responses: {
      [status]: answerOf(route, schemas),
      ...problemAnswers([...always, ...(hasBody ? (['origin', ...withBody] as const) : []), ...(needsReason(body) ? (['reason'] as const) : []), ...problems], schemas),
      default: { description: 'The backup itself failed: see `kind`.', content: problemContent(schemas) },
    },
  }
}

function answerOf({ answer }: AnyRoute, schemas: Hoister): object {
  if ('json' in answer) return { description: 'Done.', content: { 'application/json': { schema: schemas.refer(answer.json) } } }
  return { description: answer.description, content: { [answer.type]: {} } }
}

/** Several codes may have one status. */
function problemAnswers(problems: readonly ProblemCode[], schemas: Hoister): Readonly<Record<string, object>> {
  const byStatus = new Map<number, string[]>()
  for (const code of new Set(problems)) byStatus.set(codes[code].status, [...(byStatus.get(codes[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [status, { description: found.map((code) => `\`${code}\``).join(', '), content: problemContent(schemas) }]),
  )
}

function problemContent(schemas: Hoister): object {
  return { 'application/problem+json': { schema: schemas.refer(problem) } }
}

function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(query: JsonSchema, schemas: Hoister): readonly object[] {
  const required = (query['required'] ?? []) as readonly string[]
  const properties = (query['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema: schemas.refer(schema) }))
}

function isNeeded(body: JsonSchema): boolean {
  return 'required' in body
}

function needsReason(body: JsonSchema | undefined): boolean {
  return ((body?.['required'] ?? []) as readonly string[]).includes('reason')
}
