#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/**
 * An exec plugin for kubectl: fetches a Kubernetes credential from the session service and prints it.
 *
 * The token to ask with is in the file that CURFEW_TOKEN_FILE names, or in CURFEW_TOKEN.
 */
async function fetchCredential(): Promise<string> {
  const { values } = parseArgs({ options: { url: { type: 'string' }, name: { type: 'string' } } })
  const url = values.url ?? process.env['CURFEW_URL']
  if (url === undefined) throw new Error('Say where the session service is: --url https://…')
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
    throw new Error(`${url} is not https: the token would be sent in the clear.`)
  const file = process.env['CURFEW_TOKEN_FILE']
  const token = file === undefined ? process.env['CURFEW_TOKEN'] : readFileSync(file, 'utf8').trim()
  if (!token) throw new Error('Put a token into the file that CURFEW_TOKEN_FILE names.')
  const response = await fetch(new URL('/api/v1/kubernetes/credential', url), {
    method: 'POST',
    // A redirect to another server must not be given the token.
    redirect: 'error',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(values.name === undefined ? {} : { name: values.name }),
    signal: AbortSignal.timeout(15_000),
  })
  const body = await response.text()
  if (response.status === 201) return inVersionAsked(body)
  const { detail = `status ${response.status}` } = response.headers.get('content-type')?.includes('json')
    ? (JSON.parse(body) as { detail?: string })
    : {}
  throw new Error(`The session service refused: ${detail}`)
}

/** The credential in the API version that kubectl asks for: before 1.22 it knows `v1beta1`, of the same shape. */
function inVersionAsked(credential: string): string {
  const asked = process.env['KUBERNETES_EXEC_INFO']
  if (asked === undefined) return credential
  const { apiVersion } = JSON.parse(asked) as { apiVersion: string }
  return JSON.stringify({ ...(JSON.parse(credential) as object), apiVersion })
}

try {
  process.stdout.write(`${await fetchCredential()}\n`)
} catch (error) {
  process.stderr.write(`curfew-credential: ${(error as Error).message}\n`)
  process.exitCode = 1
}
