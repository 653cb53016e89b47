import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { curlSnippet, nodeSnippet } from './webhook-snippets'

const loaded = z.object({ isFromWheelhouse: z.custom<(...given: unknown[]) => unknown>() })
const sign = (secret: string, timestamp: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

test('the receiver that is shown accepts what is signed with its key, lately, and nothing else', async () => {
  const { isFromWheelhouse } = loaded.parse(
    await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(nodeSnippet)}`),
  )
  const now = String(Math.floor(Date.now() / 1000))
  const old = String(Number(now) - 600)
  const headers = (timestamp: string, signature: string) => ({
    'x-wheelhouse-timestamp': timestamp,
    'x-wheelhouse-signature': signature,
  })
  expect(isFromWheelhouse(headers(now, sign('key', now, '{}')), '{}', 'key')).toBe(true)
  expect(isFromWheelhouse(headers(now, sign('other', now, '{}')), '{}', 'key')).toBe(false)
  expect(isFromWheelhouse(headers(now, sign('key', now, '{}')), '{"a":1}', 'key')).toBe(false)
  expect(isFromWheelhouse(headers(old, sign('key', old, '{}')), '{}', 'key')).toBe(false)
  expect(isFromWheelhouse({}, '{}', 'key')).toBe(false)
})

test('an address with a quote stays one word of the shell', () => {
  expect(curlSnippet("http://a.example/it's")).toContain(`'http://a.example/it'\\''s'`)
})
