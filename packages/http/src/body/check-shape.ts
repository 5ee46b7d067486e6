import { Validator } from '@cfworker/json-schema'
import { refuse } from '../problem/refusal.ts'
import type { JsonSchema } from '../schema/schema.ts'

const validators = new WeakMap<JsonSchema, Validator>()

/** What came is what the schema says. @throws `reason`, `invalid` */
export function checkShape(schema: JsonSchema, value: unknown): unknown {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  const required = (schema['required'] ?? []) as readonly string[]
  if (required.includes('reason') && isMissing(value)) throw refuse('reason', 'Nobody said why this is to be done.')
  const result = validatorFor(schema).validate(value)
  if (result.valid) return value
  // The innermost say what is wrong; those around them only that something is.
  const errors = result.errors
    .filter(({ keyword }) => keyword !== 'properties' && keyword !== 'items')
    .map(({ instanceLocation, error }) => ({ at: instanceLocation, message: error }))
    .slice(0, 20)
  const known = Object.keys(properties)
  throw refuse('invalid', `What was sent does not fit${known.length > 0 ? `; it may have ${known.join(', ')}` : ''}.`, { errors })
}

function isMissing(value: unknown): boolean {
  const { reason } = Object(value) as { readonly reason?: unknown }
  return reason === undefined || reason === null || (typeof reason === 'string' && reason.trim() === '')
}

function validatorFor(schema: JsonSchema): Validator {
  const found = validators.get(schema) ?? new Validator(schema, '2020-12', false)
  validators.set(schema, found)
  return found
}
