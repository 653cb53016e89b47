import { inbox, inboxSnapshot, markSeenBody, notificationPage, notificationQuery } from './notification.ts'
import { defineRoutes } from './route.ts'

export const notificationRoutes = defineRoutes({
  getInbox: {
    method: 'GET',
    path: '/api/v1/inbox',
    tag: 'Notifications',
    summary: 'The newest notifications of the signed-in person, and the rollouts that wait for somebody',
    permission: 'signed-in',
    response: inboxSnapshot,
  },
  listNotifications: {
    method: 'GET',
    path: '/api/v1/notifications',
    tag: 'Notifications',
    summary: 'Notifications of the last 90 days, newest first',
    permission: 'signed-in',
    query: notificationQuery,
    response: notificationPage,
  },
  markNotificationsSeen: {
    method: 'POST',
    path: '/api/v1/notifications/seen',
    tag: 'Notifications',
    summary:
      'Count notifications as seen by the signed-in person: some, those of a rollout, or all up to one',
    permission: 'signed-in',
    body: markSeenBody,
    response: inbox,
  },
})
