/**
 * `registry.example/app/api:2.4.0@sha256:1234567…` as `app/api:2.4.0@1234567`: without the registry, which rarely tells
 * anything, and with as much of the digest as tells two apart. What follows on the reference stays.
 */
export const shortImage = (image: string): string =>
  image.replace(/@sha256:([0-9a-f]{7})[0-9a-f]+/, '@$1').replace(/^[^/\s]+\.[^/\s]+\//, '')
