// A mail server that takes everything and delivers nothing (RFC 5321, as far as a client needs it).
import net from 'node:net'
import { now } from './books.mjs'

const MAIL_MAX = 4 << 20

export class SmtpSink {
  constructor(sim) {
    this.sim = sim
    this.name = 'smtp'
    this.server = net.createServer((socket) => this.talk(socket))
  }

  talk(socket) {
    const talk = { from: '', to: [], data: null, buffer: '', loginLines: 0 }
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.write('220 simulator ESMTP\r\n')
    socket.on('data', (chunk) => {
      talk.buffer += chunk
      if (talk.buffer.length > MAIL_MAX) return socket.destroy()
      for (let end; (end = talk.buffer.indexOf('\r\n')) >= 0; ) {
        const line = talk.buffer.slice(0, end)
        talk.buffer = talk.buffer.slice(end + 2)
        const answer = this.line(talk, line, socket)
        if (answer) socket.write(answer + '\r\n')
        if (answer?.startsWith('221')) socket.end()
      }
    })
  }

  line(talk, line, socket) {
    if (talk.data) return this.dataLine(talk, line, socket)
    if (talk.loginLines > 0) return --talk.loginLines > 0 ? '334 UGFzc3dvcmQ6' : '235 2.7.0 accepted'
    const verb = line.slice(0, 4).toUpperCase()
    switch (verb) {
      case 'EHLO':
        return '250-simulator\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 4194304'
      case 'AUTH':
        if (/^AUTH PLAIN \S/i.test(line)) return '235 2.7.0 accepted'
        talk.loginLines = /^AUTH LOGIN$/i.test(line) ? 2 : 1
        return '334 '
      case 'MAIL':
        Object.assign(talk, { from: address(line), to: [] })
        return this.sim.faults.hit('smtp', 'errorBefore') ? '451 4.3.0 try again later' : '250 2.1.0 ok'
      case 'RCPT':
        talk.to.push(address(line))
        return '250 2.1.5 ok'
      case 'DATA':
        talk.data = []
        return '354 go on'
      case 'QUIT':
        return '221 2.0.0 bye'
      case 'HELO':
      case 'RSET':
      case 'NOOP':
        return '250 2.0.0 ok'
      default:
        return '500 5.5.2 what?'
    }
  }

  // The mail is in the books when it has been said to be taken, or when the answer was dropped after taking it.
  dataLine(talk, line, socket) {
    if (line !== '.') {
      talk.data.push(line.startsWith('..') ? line.slice(1) : line)
      return null
    }
    this.sim.books.messages.mail.push({ at: now(), from: talk.from, to: talk.to, text: talk.data.join('\r\n') })
    talk.data = null
    if (this.sim.faults.hit('smtp', 'drop')) {
      socket.destroy()
      return null
    }
    return '250 2.0.0 taken'
  }
}

const address = (line) => /<([^>]*)>/.exec(line)?.[1] ?? ''
