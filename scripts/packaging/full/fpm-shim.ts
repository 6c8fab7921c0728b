import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Stands in for fpm, which electron-builder fetches from where this machine may not reach: takes the arguments that
 * electron-builder gives it, and makes the package with Debian's own `dpkg-deb` or `rpmbuild`. For the check only; what is
 * released is made with fpm itself. An argument that it does not know is an error.
 */
const text = { type: 'string' } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    source: { ...text, short: 's' },
    target: { ...text, short: 't' },
    depends: { ...text, short: 'd', multiple: true },
    'deb-recommends': { ...text, multiple: true },
    force: { type: 'boolean' },
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    license: text,
    category: text,
    iteration: text,
    'deb-priority': text,
    'deb-compression': text,
    'rpm-summary': text,
    'rpm-compression': text,
    'rpm-os': text,
  },
})
const { name = '', version = '', architecture = '', description = '', package: output = '' } = values
const [synopsis = '', ...lines] = description.trim().split('\n')
const work = mkdtempSync(join(tmpdir(), 'curfew-fpm-'))
const tree = join(work, 'tree')
try {
  layOut()
  if (values.target === 'deb') makeDeb()
  else makeRpm()
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Puts every `from=to` into the package's tree, with the modes of a package. */
function layOut(): void {
  for (const mapping of positionals) {
    const at = mapping.lastIndexOf('=')
    const to = join(tree, mapping.slice(at + 1))
    mkdirSync(dirname(to), { recursive: true })
    cpSync(mapping.slice(0, at), to, { recursive: true, verbatimSymlinks: true })
  }
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o111 ? 0o755 : 0o644)
  }
}

function makeDeb(): void {
  const control = join(tree, 'DEBIAN')
  mkdirSync(control)
  const kilobytes = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024), 0)
  const recommends = values['deb-recommends']?.join(', ')
  const fields = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${values.maintainer}`,
    `Installed-Size: ${kilobytes}`,
    `Depends: ${values.depends?.join(', ')}`,
    ...(recommends ? [`Recommends: ${recommends}`] : []),
    `Section: ${values.category ?? 'utils'}`,
    `Priority: ${values['deb-priority']}`,
    `Homepage: ${values.url}`,
    `Description: ${synopsis}`,
    ...(lines.length > 0 ? lines : [synopsis]).map((line) => ` ${line.trim() || '.'}`),
  ]
  writeFileSync(join(control, 'control'), `${fields.join('\n')}\n`)
  for (const [script, from] of [
    ['postinst', values['after-install']],
    ['postrm', values['after-remove']],
  ] as const) {
    if (!from) continue
    copyFileSync(from, join(control, script))
    chmodSync(join(control, script), 0o755)
  }
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', tree, output])
}

function makeRpm(): void {
  const script = (file: string | undefined) =>
    file
      ? readFileSync(file, 'utf8')
          .replace(/^#!.*\n/, '')
          .replaceAll('%', '%%')
      : ''
  const files = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `"${join(entry.parentPath, entry.name).slice(tree.length)}"`)
  const spec = `%define __os_install_post %{nil}
%define _build_id_links none
%define debug_package %{nil}
Name: ${name}
Version: ${version}
Release: 1
Summary: ${values['rpm-summary'] ?? synopsis}
License: ${values.license}
URL: ${values.url}
Vendor: ${values.vendor}
AutoReqProv: no
${(values.depends ?? []).map((one) => `Requires: ${one}`).join('\n')}
%description
${description}
%post
${script(values['after-install'])}
%postun
${script(values['after-remove'])}
%files
${files.join('\n')}
`
  writeFileSync(join(work, 'package.spec'), spec)
  const place = join(work, 'rpmbuild')
  const defines = [`_topdir ${place}`, '_binary_payload w1.zstdio'].flatMap((one) => ['--define', one])
  run('rpmbuild', [
    '-bb',
    '--quiet',
    ...defines,
    '--buildroot',
    tree,
    '--target',
    architecture,
    join(work, 'package.spec'),
  ])
  const [built = ''] = globSync('RPMS/**/*.rpm', { cwd: place })
  copyFileSync(join(place, built), output)
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  if (status === 0) return
  console.error(`${program} ended with ${status}:\n${stderr}`)
  process.exit(1)
}
