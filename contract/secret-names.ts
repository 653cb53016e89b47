const secretName =
  /key|token|secret|passw|passphrase|passcode|pwd|credential|private|auth|cert|dsn|cookie|signature|salt/i

/** Whether a value should not be readable over a shoulder or leave with a file; goes by the name alone. */
export const looksSecret = (name: string): boolean => secretName.test(name)
