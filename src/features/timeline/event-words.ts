import {
  Activity,
  Bell,
  CircleArrowDown,
  Cpu,
  FolderInput,
  HeartPulse,
  Layers,
  Pin,
  Power,
  SlidersHorizontal,
  Tag,
  Wifi,
  type LucideIcon,
} from 'lucide-react'
import type { EventKind } from '#contract/device'

/** How kinds of events are called, in the order they are offered as a filter. */
export const eventWords: Record<EventKind, { label: string; icon: LucideIcon }> = {
  connectivity: { label: 'Connectivity', icon: Wifi },
  health: { label: 'Health', icon: HeartPulse },
  update: { label: 'Update', icon: CircleArrowDown },
  os: { label: 'Host OS', icon: Cpu },
  reboot: { label: 'Reboot', icon: Power },
  service: { label: 'Service', icon: Layers },
  target: { label: 'Target', icon: Pin },
  action: { label: 'Action', icon: Activity },
  variable: { label: 'Variable', icon: SlidersHorizontal },
  tag: { label: 'Name, note, tag', icon: Tag },
  move: { label: 'Fleet', icon: FolderInput },
  registered: { label: 'Registered', icon: Bell },
}
