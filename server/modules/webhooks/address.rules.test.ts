import { describe, expect, test } from 'vitest'
import { refusalOf, refusalOfHost } from './address.rules.ts'

const open = ['93.184.216.34', '2606:2800:220:1::1', '::ffff:93.184.216.34', '64:ff9b::5db8:d822']
const own = [
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd12:3456::1',
  '::ffff:10.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::a00:1',
  '64:ff9b::10.0.0.1',
  '2002:a00:1::1',
]
const never = [
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  '100.100.100.200',
  '0.0.0.0',
  '::',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
  'nonsense',
]

describe('which addresses a webhook may call', () => {
  test.each(open)('%s always', (address) => {
    expect(refusalOf(address, true)).toBeNull()
    expect(refusalOf(address, false)).toBeNull()
  })
  test.each(own)('%s only where private addresses are allowed', (address) => {
    expect(refusalOf(address, true)).toBeNull()
    expect(refusalOf(address, false)).toContain('private address')
  })
  test.each(never)('%s never', (address) => {
    expect(refusalOf(address, true)).toContain('never called')
    expect(refusalOf(address, false)).toContain('never called')
  })

  test.each([
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]:80/',
    'http://LOCALHOST./',
    'http://a.localhost/',
  ])('the host of %s is seen through', (url) => {
    const { hostname } = new URL(url)
    expect(refusalOfHost(hostname, true)).toBeNull()
    expect(refusalOfHost(hostname, false)).toContain('private address')
  })
  test('a name is judged when it is called, not before', () => {
    expect(refusalOfHost('hooks.example', false)).toBeNull()
    expect(refusalOfHost('169.254.169.254', true)).toContain('never called')
  })
})
