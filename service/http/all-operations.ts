import type { Operation } from './operation.ts'
import { accountRoutes } from './routes/account-routes.ts'
import { configRoutes } from './routes/config-routes.ts'
import { credentialRoutes } from './routes/credential-routes.ts'
import { healthRoutes } from './routes/health-routes.ts'
import { policyRoutes } from './routes/policy-routes.ts'
import { recordRoutes } from './routes/record-routes.ts'
import { serverRoutes } from './routes/server-routes.ts'
import { sessionRoutes } from './routes/session-routes.ts'
import { userRoutes } from './routes/user-routes.ts'
import type { Services } from './services.ts'

/** Every operation of the API. */
export function allOperations(services: Services): readonly Operation[] {
  return [
    ...serverRoutes(services),
    ...sessionRoutes(services),
    ...accountRoutes(services),
    ...policyRoutes(services),
    ...userRoutes(services),
    ...configRoutes(services),
    ...credentialRoutes(services),
    ...recordRoutes(services),
    ...healthRoutes(services),
  ]
}
