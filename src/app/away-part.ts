import { createPart } from '@/lib/part'

/** What is needed when the gateway is away; fetched soon after the first data. */
export const awayPart = createPart(() => import('./offline/away'))
