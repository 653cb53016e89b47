import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { storeFailure } from './store-failure.ts'

const failing = (message: string, more: object = {}) => Object.assign(new Error(message), more)

/** What the system says of a connection that cannot be made. */
const refused = (to: { path: string } | { port: number }) =>
  new Promise<unknown>((resolve) => {
    const socket = connect(to)
    socket.on('error', resolve)
    socket.on('connect', () => socket.destroy())
  })

describe('why the store did not do it', () => {
  test.each([
    ['it shuts down', failing('terminating connection', { code: '57P01' }), 'away'],
    ['it starts', failing('the database system is starting up', { code: '57P03' }), 'away'],
    ['too many are connected', failing('sorry, too many clients already', { code: '53300' }), 'away'],
    ['it may only be read', failing('cannot execute UPDATE', { code: '25006' }), 'away'],
    ['the connection broke', failing('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }), 'away'],
    ['the connection ended', failing('Connection terminated unexpectedly'), 'away'],
    [
      'the connection had ended',
      failing('Client has encountered a connection error and is not queryable'),
      'away',
    ],
    ['its disk is full', failing('could not extend file', { code: '53100' }), 'full'],
    ['the disk of the gateway is full', failing('ENOSPC', { code: 'ENOSPC', syscall: 'write' }), 'full'],
    ['a row is there already', failing('duplicate key', { code: '23505' }), null],
    ['a file is missing', failing('ENOENT', { code: 'ENOENT', syscall: 'open' }), null],
    [
      'another service is away',
      failing('fetch failed', { cause: failing('', { code: 'ECONNREFUSED' }) }),
      null,
    ],
    ['it is a mistake', new TypeError('x is not a function'), null],
    ['it is no error', 'Connection terminated', null],
  ])('%s', (_what, error, expected) => {
    expect(storeFailure(error)).toBe(expected)
  })

  test('nobody listens', async () => {
    expect(storeFailure(await refused({ port: 1 }))).toBe('away')
    expect(storeFailure(await refused({ path: '/tmp/wheelhouse-nothing/.s.PGSQL.5432' }))).toBe('away')
  })
})
