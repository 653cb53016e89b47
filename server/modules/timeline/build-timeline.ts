import type { LaneKind, TimelineLane } from '#contract/timeline'
import { connectivityLane } from './connectivity-lane.ts'
import { healthLane } from './health-lane.ts'
import { mergeMarks, toMark, type Mark } from './marks.ts'
import { actionLane, changeLane, rebootLane } from './moment-lanes.ts'
import { serviceLanes } from './service-lanes.ts'
import type { TimelineSource } from './timeline-events.ts'
import { updateLane } from './update-lane.ts'
import { osLane, releaseLane } from './version-lanes.ts'

/** All lanes of a device over a range, in the order in which they are shown. Pure. */
export function buildLanes(source: TimelineSource): TimelineLane[] {
  if (source.knownToMs < source.fromMs || source.device.createdAtMs > source.knownToMs) return []
  const lane = (
    kind: LaneKind,
    name: string,
    marks: Mark[],
    noun: string,
    id: string = kind,
  ): TimelineLane => ({
    id,
    kind,
    name,
    marks: mergeMarks(marks, source.fromMs, source.toMs, noun).map(toMark),
  })
  return [
    lane('connectivity', 'Connectivity', connectivityLane(source), 'changes'),
    lane('health', 'Health', healthLane(source), 'changes'),
    lane('release', 'Release', releaseLane(source), 'changes'),
    lane('os', 'Host OS', osLane(source), 'changes'),
    lane('update', 'Updates', updateLane(source), 'updates'),
    ...serviceLanes(source).map(({ service, marks }) =>
      lane('service', service, marks, 'changes', `service:${service}`),
    ),
    lane('reboot', 'Reboots', rebootLane(source), 'reboots'),
    lane('change', 'Changes', changeLane(source), 'changes'),
    lane('action', 'Actions', actionLane(source), 'actions'),
  ]
}
