import { defineRoutes } from './route.ts'

export const backupRoutes = defineRoutes({
  downloadBackup: {
    method: 'POST',
    path: '/api/v1/backup',
    tag: 'System',
    summary: 'Everything the store holds, of one moment, as one file that `restore` takes; secrets are in it',
    permission: 'admin',
    scope: 'organisation',
    limit: 'heavy',
    stream: 'application/gzip',
  },
})
