import { createConnection } from 'node:net'

/** What an attack has had so far. */
interface AttackReport {
  readonly sent: number
  /** How many answers of each status; 0 stands for none. */
  readonly answers: Readonly<Record<string, number>>
}

const addresses = 10_000
const perSecond = 1_000
const connections = 500

const hex = (number: number) => number.toString(16)

/** The addresses by turns: IPv4 far apart, and IPv6 in neighbouring /64s, in neighbouring /56s, and in /48s far apart. */
function addressOf(index: number): string {
  const at = Math.floor(index / 4)
  if (index % 4 === 0) return `${11 + (at % 100)}.${Math.floor(at / 100)}.${at % 250}.7`
  if (index % 4 === 1) return `2001:db8:${hex(at % 10)}:${hex(at)}::7`
  if (index % 4 === 2) return `2001:db8:1${hex(at % 10)}:${hex((at * 256) % 65_536)}::7`
  return `${hex(0x2a00 + (at % 200))}:${hex(at)}:${hex(at)}::7`
}

/** One connection: a request at a time, as bare bytes, since what attacks runs elsewhere and is to cost little here. */
function connect(
  port: number,
  answered: (status: number) => void,
  free: (send: (text: string) => void) => void,
) {
  const socket = createConnection({ port, host: '127.0.0.1' })
  const isFree = () => free((text) => socket.write(text))
  socket.setNoDelay(true)
  socket.on('connect', isFree)
  socket.on('data', (chunk) => {
    // Answers are short: each comes in one piece.
    answered(Number(chunk.toString('latin1', 9, 12)))
    isFree()
  })
  socket.on('error', () => answered(0))
  socket.on('close', () => connect(port, answered, free))
}

/** Sends wrong passwords at the rate, as far as there are connections: half of them at the Owner's account. */
function attack(origin: string, username: string): void {
  const { host, port } = new URL(origin)
  const answers: Record<string, number> = {}
  const idle: ((text: string) => void)[] = []
  const count = (status: number) => {
    answers[status] = (answers[status] ?? 0) + 1
  }
  for (let index = 0; index < connections; index++)
    connect(Number(port), count, (send) => {
      idle.push(send)
    })
  let sent = 0
  const sendOne = (send: (text: string) => void) => {
    const body = JSON.stringify({ username: sent % 8 < 4 ? username : `nobody-${sent}`, password: 'wrong' })
    send(
      [
        'POST /api/v1/sign-in HTTP/1.1',
        `host: ${host}`,
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-forwarded-for: ${addressOf(sent % addresses)}`,
        '',
        body,
      ].join('\r\n'),
    )
    sent++
  }
  const started = performance.now()
  setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * perSecond
    while (sent < due) {
      const send = idle.shift()
      if (!send) return
      sendOne(send)
    }
  }, 5)
  const report = () => process.send?.({ sent, answers } satisfies AttackReport)
  setInterval(report, 100)
}

const [origin = '', username = ''] = process.argv.slice(2)
attack(origin, username)
