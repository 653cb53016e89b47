import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { acceptFirst, WaitingLine } from './accept-first.ts'

test('while connections come most turns only take them, then they are begun with in their order', () => {
  const line = new WaitingLine<number>()
  const begun: number[] = []
  for (let n = 0; n < 80; n++) {
    line.add(n)
    begun.push(...line.turn())
  }
  expect(begun).toHaveLength(10)
  while (line.length > 0) begun.push(...line.turn())
  expect(begun).toEqual(Array.from({ length: 80 }, (_value, n) => n))
})
test('no more wait than there is memory for: then one is begun with for each that comes', () => {
  const line = new WaitingLine<number>()
  for (let n = 0; n < 50_000; n++) {
    line.add(n)
    line.turn()
  }
  expect(line.length).toBeLessThan(9_000)
})
test('one alone waits for a turn', () => {
  const line = new WaitingLine<number>()
  line.add(1)
  const first = line.turn()
  expect([...first, ...line.turn()]).toEqual([1])
})

async function listening() {
  const server = createServer((request, reply) => reply.end(request.url))
  const begin = acceptFirst(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, begin, port: (server.address() as AddressInfo).port }
}
const ask = (socket: Socket, path: string) =>
  new Promise<string>((resolve, reject) => {
    socket.setEncoding('utf8').once('data', resolve).once('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: here\r\n\r\n`)
  })

test('each connection is served, also a second time, and one that has gone harms nobody', async () => {
  const { server, port } = await listening()
  const sockets = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'))
  const gone = connect(port, '127.0.0.1', () => gone.resetAndDestroy())
  const answers = await Promise.all(sockets.map((socket, n) => ask(socket, `/${String(n)}`)))
  answers.forEach((answer, n) => expect(answer).toMatch(new RegExp(`^HTTP/1.1 200[^]*/${String(n)}$`)))
  expect(await ask(sockets[0] as Socket, '/again')).toContain('/again')
  for (const socket of sockets) socket.destroy()
  server.close()
  await once(server, 'close')
})
test('a server that closes ends those that wait', async () => {
  const { server, begin, port } = await listening()
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  await accepted
  const ended = vi.fn()
  socket.on('close', ended).on('error', ended)
  server.close()
  begin()
  server.closeAllConnections()
  await once(server, 'close')
  await vi.waitFor(() => expect(ended).toHaveBeenCalled())
})
