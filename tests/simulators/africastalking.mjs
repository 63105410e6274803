// Africa's Talking: POST /version1/messaging, form-urlencoded.
import { reply } from './http.mjs'
import { hex, now } from './books.mjs'
import { Provider } from './provider.mjs'

export const SMS_USER = 'shop'
export const SMS_KEY = 'atsk_simulated_key'

export class AfricasTalking extends Provider {
  constructor(sim) {
    super(sim, 'sms', '/at')
    this.routes = [['POST', /^\/version1\/messaging$/, this.message]]
  }

  error(message) {
    return { SMSMessageData: { Message: message, Recipients: [] } }
  }

  message(request) {
    const { form, headers } = request
    if (headers.apikey !== SMS_KEY || form.get('username') !== SMS_USER) return reply(401, this.error('The supplied authentication is invalid'))
    const numbers = (form.get('to') ?? '').split(',').filter(Boolean)
    const recipients = numbers.map((number) => this.one(number, form))
    return reply(201, { SMSMessageData: { Message: `Sent to ${recipients.filter((one) => one.statusCode < 103).length}/${numbers.length}`, Recipients: recipients } })
  }

  one(number, form) {
    if (!/^\+\d{8,15}$/.test(number)) return { statusCode: 403, number, status: 'InvalidPhoneNumber', cost: '0', messageId: 'None' }
    const messageId = `ATXid_${hex(16)}`
    this.sim.books.messages.sms.push({ at: now(), messageId, to: number, from: form.get('from') ?? '', text: form.get('message') ?? '' })
    return { statusCode: 101, number, status: 'Success', cost: 'KES 0.8000', messageId }
  }
}
