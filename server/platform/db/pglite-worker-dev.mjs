// Runs the TypeScript worker where nothing was built: under the test runner and in development.
import { register } from 'tsx/esm/api'

register()
await import('./pglite-worker.ts')
