// One file: see `away-part.ts`.
export { StaleBanner } from '../shell/stale-banner'
export { startLastKnown } from './last-known'
