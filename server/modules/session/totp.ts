import { Secret, TOTP } from 'otpauth'

/** RFC 6238 with what every authenticator app understands: SHA-1, 6 digits, steps of 30 s. */
const SECRET_BYTES = 20
/** A clock may be one step before or behind. */
const DRIFT_STEPS = 1
const RECOVERY_CODES = 10
/** 120 bits: too many to be found out from their hashes. */
const RECOVERY_BYTES = 15

/** A new secret in base32. */
export const makeTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32

/** What an authenticator app reads out of a QR code. */
export const totpUri = (secret: string, about: { issuer: string; account: string }): string =>
  new TOTP({ secret: Secret.fromBase32(secret), issuer: about.issuer, label: about.account }).toString()

/** The step that a code is of, where it is one of now; else null. */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const timestamp = now.getTime()
  const drift = TOTP.validate({
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp,
    window: DRIFT_STEPS,
  })
  return drift === null ? null : TOTP.counter({ timestamp }) + drift
}

/** Ten codes that open once each, as people read them: `abcd-efgh-…`. */
export const makeRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    new Secret({ size: RECOVERY_BYTES }).base32.toLowerCase().replace(/.{4}(?=.)/g, '$&-'),
  )

/** A code as it was typed, without what was only put in to read it. */
export const typedCode = (text: string): { isRecovery: boolean; code: string } => {
  const code = text.replace(/[\s-]/g, '').toLowerCase()
  return { code, isRecovery: !/^\d{6}$/.test(code) }
}
