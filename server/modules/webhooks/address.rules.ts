import { BlockList, isIP } from 'node:net'

/**
 * Never called, whatever is allowed: addresses of the link alone (where cloud providers keep the credentials of a
 * machine), of nobody, of many at once, and the metadata services that sit elsewhere.
 */
const never = new BlockList()
never.addSubnet('0.0.0.0', 8)
never.addSubnet('169.254.0.0', 16)
never.addSubnet('224.0.0.0', 4)
never.addSubnet('240.0.0.0', 4)
never.addAddress('100.100.100.200')
never.addAddress('168.63.129.16')
never.addAddress('192.0.0.192')
never.addAddress('::', 'ipv6')
never.addSubnet('fe80::', 10, 'ipv6')
never.addSubnet('ff00::', 8, 'ipv6')
never.addAddress('fd00:ec2::254', 'ipv6')
never.addAddress('fd20:ce::254', 'ipv6')

/** Of the own machine or network; ranges that can stand for any IPv4 address are counted among them. */
const own = new BlockList()
own.addSubnet('10.0.0.0', 8)
own.addSubnet('100.64.0.0', 10)
own.addSubnet('127.0.0.0', 8)
own.addSubnet('172.16.0.0', 12)
own.addSubnet('192.0.0.0', 24)
own.addSubnet('192.168.0.0', 16)
own.addSubnet('198.18.0.0', 15)
own.addAddress('::1', 'ipv6')
own.addSubnet('fc00::', 7, 'ipv6')
own.addSubnet('fec0::', 10, 'ipv6')
own.addSubnet('64:ff9b:1::', 48, 'ipv6')
own.addSubnet('2001::', 32, 'ipv6')
own.addSubnet('2002::', 16, 'ipv6')

const NAT64 = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/i

/** The IPv4 address that an IPv6 address of the NAT64 range leads to, else the address itself. */
function unwrapped(address: string): string {
  const dotted = /^64:ff9b::(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (dotted?.[1] !== undefined) return dotted[1]
  const groups = NAT64.exec(address)
  if (!groups) return address
  const [high, low] = [parseInt(groups[1] ?? '0', 16), parseInt(groups[2] ?? '0', 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** Why the gateway does not call this IP address, as the end of "It is …"; null when it does. */
export function refusalOf(address: string, isPrivateAllowed: boolean): string | null {
  const plain = unwrapped(address.replace(/%.*$/, ''))
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(plain) === 0 || never.check(plain, family))
    return `${address} is an address of the link, a group or a metadata service, which is never called`
  if (!isPrivateAllowed && own.check(plain, family))
    return `${address} is a private address, which this gateway is set not to call (WHEELHOUSE_WEBHOOK_ALLOW_PRIVATE)`
  return null
}

/** The same for the host of a URL where it is an IP address or names this machine; a name is judged when it is called. */
export function refusalOfHost(hostname: string, isPrivateAllowed: boolean): string | null {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) !== 0) return refusalOf(host, isPrivateAllowed)
  return host === 'localhost' || host.endsWith('.localhost') ? refusalOf('127.0.0.1', isPrivateAllowed) : null
}
