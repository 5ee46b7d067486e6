import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import { type RouteName, openApi } from '../src/index.ts'
import type { Answer } from './api.ts'

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema?: object }>> }>>
}

export const document: Document = openApi() as unknown as Document

/** Routes of which an answer was seen that was no refusal, in this file of tests. */
export const answered: Set<RouteName> = new Set()

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true })
addFormats.default(ajv)
ajv.addVocabulary(['components'])
const validators = new Map<string, ValidateFunction>()

/** What a document says of an answer is so: status, media type, and every field. */
export function checkAnswer(name: RouteName, { status, headers, body }: Answer<unknown>): void {
  const [method = '', path = ''] = name.split(' ')
  const { responses } = document.paths[path.replace(/:(\w+)/g, '{$1}')]![method.toLowerCase()]!
  const response = responses[status] ?? (status >= 400 ? responses['default'] : undefined)
  expect(response, `${name} answers ${status}, of which the document knows nothing: ${JSON.stringify(body)}`).toBeDefined()
  const type = (headers.get('content-type') ?? '').split(';')[0]!
  const content = response!.content[type]
  expect(content, `${name} answers ${status} as ${type}`).toBeDefined()
  if (status < 400) answered.add(name)
  if (content!.schema) expectValid(content!.schema, body, `${name} ${status}`)
}

/** Also for frames of a stream, which no response lists. */
export function expectValid(schema: object, value: unknown, what: string): void {
  const key = JSON.stringify(schema)
  const validate = validators.get(key) ?? ajv.compile({ ...schema, components: document.components })
  validators.set(key, validate)
  if (!validate(value)) expect.fail(`${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`)
}
