/**
 * What a cookie is called. Over TLS it has the prefix that browsers take from this very host alone, and over TLS alone; without
 * TLS they would refuse it.
 */
export const cookieName = (name: 'session' | 'openid', isSecure: boolean): string =>
  `${isSecure ? '__Host-' : ''}wheelhouse_${name}`
