import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** A certificate for `localhost` with its key, both PEM. */
export interface Certified {
  readonly key: string
  readonly cert: string
}

/** An authority that a person has told their computer to trust, on Linux. */
export interface Authority {
  /** A certificate for `localhost`, with a new key each time. */
  certify(): Promise<Certified>
}

/** @param home the home folder of that person, whose Chromium believes what is in its NSS database */
export async function trustedAuthority(home: string): Promise<Authority> {
  const ca = await generate([{ name: 'commonName', value: 'An authority of a test' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const folder = join(home, '.pki', 'nssdb')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(home, 'authority.pem')
  writeFileSync(file, ca.cert)
  const certutil = (...args: readonly string[]) => execFileSync('certutil', ['-d', `sql:${folder}`, ...args])
  certutil('-N', '--empty-password')
  certutil('-A', '-n', 'authority', '-t', 'C,,', '-i', file)
  return {
    async certify() {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
        algorithm: 'sha256',
        ca: { key: ca.private, cert: ca.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
          { name: 'extKeyUsage', serverAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
        ],
      })
      return { key, cert }
    },
  }
}
