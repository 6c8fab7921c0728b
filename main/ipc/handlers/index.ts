import type { Handlers } from '../door.ts'
import { type AppParts, createAppHandlers } from './app.ts'
import { type ConfigParts, createConfigHandlers } from './config.ts'
import { createDraftsHandlers } from './drafts.ts'
import { createInstancesHandlers, type InstancesParts } from './instances.ts'
import { createJobsHandlers, type JobsParts } from './jobs.ts'
import { createLockHandlers, type LockParts } from './lock.ts'
import { createNewsHandlers, type NewsParts } from './news.ts'
import { createPolicyHandlers, type PolicyParts } from './policy.ts'
import { createSettingsHandlers, type SettingsParts } from './settings.ts'
import { createUpdatesHandlers, type UpdatesParts } from './updates.ts'
import { createUsersHandlers, type UsersParts } from './users.ts'

/** What the handlers act on: the app's parts, as the composition root built them. */
export type HandlerParts = AppParts &
  LockParts &
  SettingsParts &
  InstancesParts &
  PolicyParts &
  ConfigParts &
  UsersParts &
  JobsParts &
  NewsParts &
  UpdatesParts

/** What every channel does. Nothing here decides: a handler picks the part and passes the parsed input on. */
export function createHandlers(parts: HandlerParts): Handlers {
  return {
    ...createAppHandlers(parts),
    ...createLockHandlers(parts),
    ...createSettingsHandlers(parts),
    ...createDraftsHandlers(parts),
    ...createInstancesHandlers(parts),
    ...createPolicyHandlers(parts),
    ...createConfigHandlers(parts),
    ...createUsersHandlers(parts),
    ...createJobsHandlers(parts),
    ...createNewsHandlers(parts),
    ...createUpdatesHandlers(parts),
  }
}
