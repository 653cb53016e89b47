// Most browsers name others that they are like: the first of these that is found is the one.
const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const found = (text: string, of: readonly [RegExp, string][]) =>
  of.find(([pattern]) => pattern.test(text))?.[1]

/** `Firefox on Linux` of a User-Agent header; what is not known by these names is told as it calls itself. */
export function browserText(userAgent: string): string {
  const browser = found(userAgent, browsers)
  const system = found(userAgent, systems)
  if (browser === undefined) return userAgent === '' ? 'A browser that tells no name' : userAgent.slice(0, 60)
  return system === undefined ? browser : `${browser} on ${system}`
}
