import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { SessionEndReason, TokenScope, tokenScopes } from '../../../domain/session.ts'
import { holds, permissions } from '../../../domain/user.ts'
import { toIso } from '../../instant.ts'
import { TooManySessionsError } from '../../store/quotas.ts'
import { signingAlgorithm } from '../../store/signing-keys.ts'
import type { Holder } from '../../store/stored-session.ts'
import { clientAddress } from '../client.ts'
import { type Operation, operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { plainText, sessionSchema } from '../schemas.ts'
import type { Services } from '../services.ts'

/** Whom a Kubernetes credential is for, unless the service is told otherwise. */
const kubernetesAudience = 'kubernetes'

/** Groups that a cluster's role bindings can name. */
function groupsOf(holder: Holder): readonly string[] {
  return [
    'curfew:users',
    `curfew:role:${holder.role}`,
    ...permissions
      .filter((permission) => holds(holder, permission))
      .map((name) => `curfew:permission:${name}`),
  ]
}

const execCredential = z.object({
  apiVersion: z.literal('client.authentication.k8s.io/v1'),
  kind: z.literal('ExecCredential'),
  status: z.object({ expirationTimestamp: z.string(), token: z.string() }),
})

/** What credentials name as their issuer: what the server was told, never what a request says. @throws Problem `not-found` */
function demandIssuer(issuer: Services['issuer']): string {
  const told = issuer()
  if (told !== undefined) return told
  throw new Problem(
    'not-found',
    'This server makes no Kubernetes credentials: it was not told by which address clusters know it (--issuer).',
  )
}

/** @throws Problem `too-many` */
function refuseTooMany(error: unknown): never {
  if (error instanceof TooManySessionsError) throw new Problem('too-many', error.message)
  throw error
}

const addTokenOperation = ({ sessions, countMinting }: Services): Operation =>
  operation({
    id: 'addToken',
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Make an authorization token for a program (D2)',
    tag: 'Credentials',
    access: 'signed-in',
    fresh: true,
    body: z.strictObject({
      name: plainText(1, 100),
      /** What it may be used for: nothing but reading where that is not said. */
      scopes: z.array(TokenScope).min(1).max(tokenScopes.length).default(['read']),
    }),
    answers: {
      201: {
        description: 'The token, shown this once',
        schema: z.object({ token: z.string(), session: sessionSchema }),
      },
    },
    problems: ['too-many', 'throttled'],
    handle: async ({ body, caller, author, request }) => {
      countMinting(caller.holder.id)
      const { token, session } = await author
        .write(async (transaction, record, holder) => {
          const started = await sessions.start(transaction, record, {
            userId: holder.id,
            kind: 'token',
            remembered: false,
            client: body.name,
            address: clientAddress(request),
            scopes: tokenScopes.filter((scope) => body.scopes.includes(scope)),
          })
          const { id } = started.session
          record.audit({
            actor: author.actor,
            action: 'token.add',
            target: `user:${holder.id}`,
            after: { session: id, name: body.name, scopes: body.scopes },
          })
          record.event({
            type: 'session-started',
            data: { session: { id, userId: holder.id, kind: 'token' } },
          })
          return started
        })
        .catch(refuseTooMany)
      return { status: 201, body: { token, session: sessions.present(session, caller.session.id) } }
    },
  })

const addKubernetesCredentialOperation = ({
  sessions,
  signingKeys,
  countMinting,
  limits,
  timeScale,
  issuer,
}: Services): Operation =>
  operation({
    id: 'addKubernetesCredential',
    method: 'POST',
    path: '/api/v1/kubernetes/credential',
    summary: 'Make a credential for kubectl or a dashboard (D3)',
    tag: 'Credentials',
    access: 'signed-in',
    scope: 'kubernetes',
    fresh: true,
    body: z.strictObject({ name: plainText(1, 100).optional() }).optional(),
    answers: { 201: { description: 'An ExecCredential', schema: execCredential } },
    problems: ['not-found', 'too-many', 'throttled'],
    handle: async ({ body, caller, author, request }) => {
      const issuedBy = demandIssuer(issuer)
      countMinting(caller.holder.id)
      const { session, holder, signer } = await author
        .write(async (transaction, record, holder) => {
          const started = await sessions.startSigned(transaction, record, {
            userId: holder.id,
            kind: 'kubernetes',
            remembered: false,
            client: body?.name ?? 'kubectl',
            address: clientAddress(request),
            parentId: caller.session.kind === 'token' ? caller.session.id : undefined,
          })
          record.audit({
            actor: author.actor,
            action: 'kubernetes.credential',
            target: `user:${holder.id}`,
            after: { session: started.id },
          })
          record.event({
            type: 'session-started',
            data: { session: { id: started.id, userId: holder.id, kind: 'kubernetes' } },
          })
          return { session: started, holder, signer: await signingKeys.signer(transaction) }
        })
        .catch(refuseTooMany)
      // A demo's clock runs ahead of the world's, and whoever verifies the token lives in the world.
      const issuedAt = Math.floor((timeScale === 1 ? session.created_at : Date.now()) / 1000)
      const expiresAt = issuedAt + Math.max(1, Math.floor(limits.current().kubernetesSeconds / timeScale))
      const token = await new SignJWT({
        sid: session.id,
        preferred_username: holder.username,
        groups: groupsOf(holder),
      })
        .setProtectedHeader({ alg: signingAlgorithm, kid: signer.kid, typ: 'JWT' })
        .setIssuer(issuedBy)
        .setAudience(kubernetesAudience)
        .setSubject(holder.id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(session.id)
        .sign(signer.privateKey)
      return {
        status: 201,
        body: {
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          status: { expirationTimestamp: toIso(expiresAt * 1000).replace('.000Z', 'Z'), token },
        },
      }
    },
  })

const verifyKubernetesCredentialOperation = ({
  signingKeys,
  sessions,
  clock,
  timeScale,
}: Services): Operation =>
  operation({
    id: 'verifyKubernetesCredential',
    method: 'GET',
    path: '/api/v1/kubernetes/verify',
    summary: 'Whether the Kubernetes credential sent as bearer token is still good',
    tag: 'Credentials',
    access: 'anyone',
    answers: {
      200: {
        description: 'Good or not, and why not',
        schema: z.object({
          active: z.boolean(),
          reason: z.union([SessionEndReason, z.literal('invalid')]).optional(),
          username: z.string().optional(),
          subject: z.string().optional(),
          groups: z.array(z.string()).optional(),
          endsAt: z.string().optional(),
        }),
      },
    },
    handle: async ({ request }) => {
      const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
      const inactive = (reason: SessionEndReason | 'invalid') => ({
        status: 200,
        body: { active: false, reason },
      })
      const payload = await jwtVerify(token, signingKeys.verifier, {
        algorithms: [signingAlgorithm],
        audience: kubernetesAudience,
        // Its own end is not asked: what ends the session is the rule as it is now.
        currentDate: new Date(0),
        clockTolerance: Number.MAX_SAFE_INTEGER,
      }).then(
        (verified) => verified.payload,
        () => undefined,
      )
      const sid = payload?.['sid']
      if (typeof sid !== 'string') return inactive('invalid')
      const judged = await sessions.validateById(sid)
      if (judged.state === 'unknown') return inactive('invalid')
      if (judged.state === 'ended') return inactive(judged.reason)
      // It can't outlive what is written in it either: a cluster would not take it any more.
      if (timeScale === 1 && (payload?.exp ?? 0) * 1000 <= clock()) return inactive('expired')
      const { holder, session } = judged
      return {
        status: 200,
        body: {
          active: true,
          username: holder.username,
          subject: holder.id,
          groups: groupsOf(holder),
          endsAt: sessions.present(session).endsAt,
        },
      }
    },
  })

const getKeysOperation = ({ signingKeys }: Services): Operation =>
  operation({
    id: 'getKeys',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify Kubernetes credentials',
    tag: 'Credentials',
    access: 'anyone',
    answers: {
      200: {
        description: 'A JSON Web Key Set',
        schema: z.object({
          keys: z.array(
            z.object({
              kty: z.string(),
              crv: z.string(),
              x: z.string(),
              y: z.string(),
              kid: z.string(),
              alg: z.string(),
              use: z.string(),
            }),
          ),
        }),
      },
    },
    handle: async () => ({ status: 200, body: { keys: [...(await signingKeys.publicKeys())] } }),
  })

const getOpenIdConfigurationOperation = ({ issuer }: Services): Operation =>
  operation({
    id: 'getOpenIdConfiguration',
    method: 'GET',
    path: '/.well-known/openid-configuration',
    summary: 'OpenID discovery, for a cluster that is pointed at this server',
    tag: 'Credentials',
    access: 'anyone',
    answers: {
      200: {
        description: 'The discovery document',
        schema: z.object({
          issuer: z.string(),
          jwks_uri: z.string(),
          authorization_endpoint: z.string(),
          response_types_supported: z.array(z.string()),
          subject_types_supported: z.array(z.string()),
          id_token_signing_alg_values_supported: z.array(z.string()),
          claims_supported: z.array(z.string()),
        }),
      },
    },
    problems: ['not-found'],
    handle: () => {
      const here = demandIssuer(issuer)
      return {
        status: 200,
        body: {
          issuer: here,
          jwks_uri: `${here}/.well-known/jwks.json`,
          authorization_endpoint: `${here}/sign-in`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [signingAlgorithm],
          claims_supported: ['iss', 'aud', 'sub', 'exp', 'iat', 'sid', 'preferred_username', 'groups'],
        },
      }
    },
  })

/** Authorization tokens (D2), Kubernetes credentials (D3), and the keys that verify these. */
export function credentialRoutes(services: Services): readonly Operation[] {
  return [
    addTokenOperation(services),
    addKubernetesCredentialOperation(services),
    verifyKubernetesCredentialOperation(services),
    getKeysOperation(services),
    getOpenIdConfigurationOperation(services),
  ]
}
