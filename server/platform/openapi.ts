import { z } from 'zod'
import { problem } from '#contract/problem'
import { KEY_HEADER } from '#contract/api-root'
import { idempotencyKey, KEY_HOURS, REPLAYED_HEADER, takesKey } from '#contract/idempotency'
import type { Route } from '#contract/route'

type JsonSchema = Record<string, unknown>
const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  return json
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): JsonSchema[] {
  if (!schema) return []
  const json = schemaOf(schema, 'input')
  const properties = (json['properties'] ?? {}) as Record<string, JsonSchema>
  const required = new Set((json['required'] ?? []) as string[])
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: property,
    ...(property['type'] === 'array' ? { style: 'form', explode: false } : {}),
  }))
}

const keyParameter = {
  name: KEY_HEADER,
  in: 'header',
  required: false,
  description: `Sent again with the same key within ${KEY_HOURS} hours, the call has its effect once and is answered as before. 422: another request had the key; 409: not answered yet, or the answer holds a secret and is shown no more.`,
  schema: schemaOf(idempotencyKey, 'input'),
}
const replayedHeader = {
  [REPLAYED_HEADER]: {
    description: 'true: what was answered before to the same call with the same key',
    schema: { type: 'string' },
  },
}

function operationOf(name: string, route: Route): JsonSchema {
  const status = String(route.status ?? (route.response || route.stream ? 200 : 204))
  const content = route.stream
    ? { [route.stream.split(';')[0] ?? route.stream]: { schema: { type: 'string' } } }
    : route.response && { 'application/json': { schema: schemaOf(route.response, 'output') } }
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.tag],
    description: `Needs: ${route.permission}${route.needs === undefined ? '' : `, and a fleet source that can ${route.needs}`}.`,
    security: route.permission === 'public' ? [] : [{ session: [] }, { token: [] }],
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...(takesKey(route) ? [keyParameter] : []),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [status]: {
        description: route.status === 303 ? 'Leads elsewhere' : 'Success',
        ...(content ? { content } : {}),
        ...(takesKey(route) ? { headers: replayedHeader } : {}),
      },
      default: {
        description: 'Problem details (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

/** The OpenAPI 3.1 description of the REST API, made from the contract alone. */
export function openApiDocument(routes: Record<string, Route>, version: string) {
  const paths: Record<string, JsonSchema> = {}
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wheelhouse',
      version,
      description:
        'The REST API of the Wheelhouse gateway. Errors are RFC 9457 problem details with the refused fields.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'wheelhouse_session',
          description: 'Over TLS it is called __Host-wheelhouse_session.',
        },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  }
}
