/** The import rules of ARCHITECTURE.md. scripts/import-rules.test.ts plants a violation of each. */
const ownFolders = '^(contract|src|server|simulator|bench|e2e|scripts)/'
const isTest = '\\.test\\.tsx?$|^(src|server/modules/[^/]+|server)/testing/'

/** Files under `from` may import, of our own folders, only `allowed`. */
const only = (name, from, allowed, exceptFrom) => ({
  name,
  severity: 'error',
  from: { path: from, ...(exceptFrom ? { pathNot: exceptFrom } : {}) },
  to: { path: ownFolders, pathNot: allowed },
})

/** A folder under `parent` may not import its neighbours. */
const islands = (name, parent) => ({
  name,
  severity: 'error',
  from: { path: `^${parent}/([^/]+)/`, pathNot: '\\.contract\\.test\\.ts$' },
  to: { path: `^${parent}/`, pathNot: `^${parent}/$1/` },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-test',
      comment: 'What ships imports no test and no testing folder.',
      severity: 'error',
      from: { pathNot: `${isTest}|^e2e/` },
      to: { path: isTest },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'The gateway and the virtual devices run with packages that are installed in production.',
      severity: 'error',
      // pglite-worker-dev.mjs starts the worker from its TypeScript where nothing was built.
      from: { path: '^(contract|server|simulator)/', pathNot: `${isTest}|-dev\\.mjs$` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    only('contract-is-a-leaf', '^contract/', '^contract/'),
    {
      name: 'contract-needs-only-zod',
      severity: 'error',
      from: { path: '^contract/', pathNot: isTest },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/zod/' },
    },
    only('lib-knows-contract-only', '^src/lib/', '^(src/(lib|testing)|contract)/'),
    only('ui-knows-no-domain', '^src/ui/', '^src/(ui|lib|testing)/'),
    only('live-knows-no-feature', '^src/live/', '^(src/(live|lib|testing)|contract)/'),
    only('domain-shows-contract-words', '^src/domain/', '^(src/(domain|ui|lib|testing)|contract)/'),
    only('features-know-no-app', '^src/features/', '^(src/(features|domain|live|ui|lib|testing)|contract)/'),
    islands('features-are-islands', 'src/features'),
    only('client-never-reaches-server', '^src/', '^(src|contract)/', '\\.contract\\.test\\.ts$'),
    only('server-never-reaches-client', '^server/', '^(server|contract)/', isTest),
    only(
      'server-tests-reach-scripts-only',
      '^server/',
      '^(server|contract|scripts)/',
      '\\.contract\\.test\\.ts$',
    ),
    only('platform-knows-no-module', '^server/platform/', '^(server/(platform|testing)|contract)/', isTest),
    islands('modules-are-islands', 'server/modules'),
    {
      name: 'modules-know-no-app',
      severity: 'error',
      from: { path: '^server/modules/', pathNot: isTest },
      to: { path: '^server/(app|main)\\.ts$' },
    },
    {
      name: 'app-knows-no-main',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/main\\.ts$' },
      to: { path: '^server/main\\.ts$' },
    },
    only('simulator-speaks-the-contract-only', '^simulator/', '^(simulator|contract)/', isTest),
    // The rollout engine is pure, so it is measured as it is.
    only(
      'bench-drives-from-outside',
      '^bench/',
      '^(bench|contract|simulator|e2e/fixtures|scripts|server/modules/rollouts/engine)/',
    ),
    only('e2e-drives-from-outside', '^e2e/', '^(e2e|contract|simulator|scripts)/'),
    {
      name: 'only-live-touches-sockets',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/live/' },
      to: { path: 'node_modules/(socket\\.io|engine\\.io)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
