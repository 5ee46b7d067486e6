import type { JsonSchema } from '../schema/schema.ts'

/** What is in a query, as the schema's types have it; what makes no sense is left as it is, for the schema to refuse. */
export function readQuery(parameters: URLSearchParams, schema: JsonSchema): unknown {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  const entries = [...parameters].map(([name, value]) => [name, valueOf(value, properties[name]?.['type'])] as const)
  return Object.fromEntries(entries)
}

function valueOf(text: string, type: unknown): unknown {
  const isNumber = (type === 'integer' || type === 'number') && /^-?\d+$/.test(text)
  return isNumber ? Number(text) : text
}
