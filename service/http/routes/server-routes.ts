import { z } from 'zod'
import { ProofBits } from '../../../domain/service-proof.ts'
import { type Operation, operation } from '../operation.ts'
import { serverSchema } from '../schemas.ts'
import type { Services } from '../services.ts'

/** Who answers here, for whoever asks before they trust it with anything. */
export function serverRoutes({ identity, capabilities, clock, prove }: Services): readonly Operation[] {
  return [
    operation({
      id: 'getServer',
      method: 'GET',
      path: '/api/v1/server',
      summary: 'What this server is',
      tag: 'Server',
      access: 'anyone',
      query: z.object({
        challenge: ProofBits.optional().describe(
          '32 random bytes in base64url. A service that another program started with a key answers it with `proof`.',
        ),
      }),
      answers: { 200: { description: 'The server', schema: serverSchema } },
      handle: ({ query: { challenge } }) => {
        const proof = challenge === undefined ? undefined : prove(challenge)
        return {
          status: 200,
          body: {
            ...identity,
            time: new Date(clock()).toISOString(),
            capabilities: [...capabilities()],
            ...(proof !== undefined && { proof }),
          },
        }
      },
    }),
  ]
}
