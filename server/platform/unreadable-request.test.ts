import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { makeLogger } from './logger.ts'
import { refuseUnreadable } from './unreadable-request.ts'

/** All that a server answers to these bytes until it ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  const server = createServer((_request, reply) => reply.end('read'))
  server.on('clientError', refuseUnreadable(makeLogger('silent')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  let answer = ''
  socket.on('data', (chunk: string) => (answer += chunk))
  socket.write(bytes)
  await once(socket, 'close')
  server.close()
  return answer
}

test.each([
  ['no HTTP at all', 'what is this\r\n\r\n', 400, 'bad-request'],
  [
    'a header line without end',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
])('%s is answered, with the word that the connection ends', async (_what, bytes, status, code) => {
  const answer = await answerTo(bytes)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `))
  expect(head).toContain('connection: close')
  expect(JSON.parse(body)).toMatchObject({ status, code })
})
