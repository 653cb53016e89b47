/** How a receiver checks the signature, for Node; nothing but its own crypto. */
export const nodeSnippet = `import { createHmac, timingSafeEqual } from 'node:crypto'

const MAX_AGE_SECONDS = 300

// \`body\` is the text of the request as it came, before any parsing.
export function isFromWheelhouse(headers, body, secret) {
  const timestamp = headers['x-wheelhouse-timestamp'] ?? ''
  const hash = createHmac('sha256', secret).update(timestamp + '.' + body).digest('hex')
  const expected = Buffer.from('sha256=' + hash)
  const given = Buffer.from(headers['x-wheelhouse-signature'] ?? '')
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < MAX_AGE_SECONDS
  return isRecent && given.length === expected.length && timingSafeEqual(given, expected)
}
`

/** The same signature made by hand, to try a receiver from a terminal. */
export const curlSnippet = (url: string) => `BODY='{"event":"webhook.test"}'
TIMESTAMP=$(date +%s)
HASH=$(printf '%s.%s' "$TIMESTAMP" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/^.* //')
curl -X POST '${url.replaceAll("'", "'\\''")}' -H 'content-type: application/json' \\
  -H "x-wheelhouse-timestamp: $TIMESTAMP" -H "x-wheelhouse-signature: sha256=$HASH" -d "$BODY"
`
