import { checkServicePolicy, type ServicePolicy } from '../../../domain/service-policy.ts'
import { tagOf } from '../../store/journal.ts'
import type { StoredPolicy } from '../../store/policy.ts'
import { previewLimits } from '../../store/preview.ts'
import { ifMatch, type Operation, operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { rights } from '../rights.ts'
import { policyInput, policySchema, previewSchema } from '../schemas.ts'
import type { Services } from '../services.ts'

function demandBounds(policy: ServicePolicy): void {
  const faults = checkServicePolicy(policy)
  const [first] = faults
  if (first) throw new Problem('invalid', first.message, { errors: faults })
}

const shown = ({ policy, revision, updatedAt, updatedBy }: StoredPolicy) => ({
  ...policy,
  revision,
  updatedAt: new Date(updatedAt).toISOString(),
  updatedBy,
})

const etag = { ETag: 'The policy’s version, for If-Match' }

/** The session policy: read, replaced, and what a change would do (K1–K5, O1, O2, B1). */
export function policyRoutes(services: Services): readonly Operation[] {
  const { policies, limits } = services
  return [
    operation({
      id: 'getPolicy',
      method: 'GET',
      path: '/api/v1/security/policy',
      summary: 'The policy',
      tag: 'Policy',
      access: rights.policy,
      answers: { 200: { description: 'The policy', schema: policySchema, headers: etag } },
      handle: async () => {
        const stored = await policies.read()
        return { status: 200, body: shown(stored), headers: { etag: tagOf(stored.revision) } }
      },
    }),
    operation({
      id: 'putPolicy',
      method: 'PUT',
      path: '/api/v1/security/policy',
      summary: 'Replace the policy; it governs running sessions from this moment',
      tag: 'Policy',
      access: rights.policy,
      scope: 'policy',
      body: policyInput,
      ifMatch: true,
      answers: { 200: { description: 'The stored policy', schema: policySchema, headers: etag } },
      handle: async ({ body, author, request }) => {
        const read = ifMatch(request)
        demandBounds(body)
        const result = await policies.replace(author, read, body)
        if ('conflict' in result)
          throw new Problem('conflict', 'The policy has been changed since you read it.', {
            current: shown(result.conflict),
            headers: { etag: tagOf(result.conflict.revision) },
          })
        return { status: 200, body: shown(result.stored), headers: { etag: tagOf(result.stored.revision) } }
      },
    }),
    operation({
      id: 'previewPolicy',
      method: 'POST',
      path: '/api/v1/security/policy/preview',
      summary: 'How many sessions a policy would end now (B1)',
      tag: 'Policy',
      access: rights.policy,
      scope: 'read',
      body: policyInput,
      answers: { 200: { description: 'Counted, not estimated', schema: previewSchema } },
      handle: async ({ body, caller }) => {
        demandBounds(body)
        const current = limits.current()
        const preview = await previewLimits(services, current, { ...current, policy: body }, caller.session)
        return { status: 200, body: preview }
      },
    }),
  ]
}
