import { z } from 'zod'
import { holds, permissions } from '../../../domain/user.ts'
import { writeDeviceCookie } from '../cookies.ts'
import { type Operation, operation } from '../operation.ts'
import { meSchema, password, revokedSchema, typedPassword } from '../schemas.ts'
import type { Services } from '../services.ts'

const getMeOperation = ({ sessions }: Services): Operation =>
  operation({
    id: 'getMe',
    method: 'GET',
    path: '/api/v1/me',
    summary: 'Who is asking, with which rights and in which session',
    tag: 'Session',
    access: 'signed-in',
    scope: 'any',
    answers: { 200: { description: 'The caller', schema: meSchema } },
    handle: ({ caller: { holder, session } }) => ({
      status: 200,
      body: {
        user: { ...holder, disabled: false },
        permissions: permissions.filter((permission) => holds(holder, permission)),
        session: sessions.present(session, session.id),
      },
    }),
  })

const confirmMeOperation = ({ confirmPassword }: Services): Operation =>
  operation({
    id: 'confirmMe',
    method: 'POST',
    path: '/api/v1/me/confirm',
    summary: 'Type one’s password again, for what takes a fresh sign-in; it counts for ten minutes',
    tag: 'Session',
    access: 'signed-in',
    body: z.strictObject({ password: typedPassword }),
    answers: { 204: { description: 'Confirmed' } },
    problems: ['throttled', 'unavailable'],
    handle: async ({ caller, body, request }) => {
      await confirmPassword(caller, body.password, request)
      return { status: 204 }
    },
  })

const changedSchema = revokedSchema.extend({
  device: z.string().describe('Proves at the next sign-in that the account was used from this device'),
})

const changeMyPasswordOperation = ({ changeOwnPassword }: Services): Operation =>
  operation({
    id: 'changeMyPassword',
    method: 'POST',
    path: '/api/v1/me/password',
    summary: 'Change one’s own password, which ends one’s other sessions',
    tag: 'Session',
    access: 'signed-in',
    body: z.strictObject({ currentPassword: typedPassword, newPassword: password }),
    answers: { 200: { description: 'How many other sessions were ended', schema: changedSchema } },
    problems: ['throttled', 'unavailable'],
    handle: async ({ caller, body, request, reply }) => {
      const { ended, device } = await changeOwnPassword(caller, body, request)
      if (caller.via === 'cookie') writeDeviceCookie(request, reply, device)
      return { status: 200, body: { revoked: ended, device } }
    },
  })

/** What people do with their own account. */
export function accountRoutes(services: Services): readonly Operation[] {
  return [getMeOperation(services), confirmMeOperation(services), changeMyPasswordOperation(services)]
}
