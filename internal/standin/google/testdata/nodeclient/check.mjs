// Drives the stand-in with Google's own client for Node, sign-in included, and prints what it saw, line by line.
import { calendar, auth } from '@googleapis/calendar'
import { createHash, createPublicKey, randomBytes } from 'node:crypto'

const root = process.argv[2]
const prefix = 'https://www.googleapis.com/auth/'
const say = (what, ...rest) => console.log(what + ':', ...rest)

const client = new auth.OAuth2({
  clientId: 'standin.apps.googleusercontent.com', clientSecret: 'standin-secret', redirectUri: 'http://127.0.0.1:9/back',
  endpoints: {
    oauth2AuthBaseUrl: root + '/o/oauth2/v2/auth', oauth2TokenUrl: root + '/token', oauth2RevokeUrl: root + '/revoke', tokenInfoUrl: root + '/tokeninfo',
  },
})

// The pages, as a browser sends their forms.
async function consent(ticked) {
  const verifier = randomBytes(48).toString('base64url')
  const address = client.generateAuthUrl({
    access_type: 'offline', prompt: 'consent', state: 's', code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    scope: ['openid', 'email', prefix + 'calendar.events', prefix + 'calendar.calendarlist.readonly'],
  })
  const attempt = (await (await fetch(address)).text()).match(/name="attempt" value="([^"]+)"/)[1]
  const send = fields => fetch(root + '/signin/oauth', { method: 'POST', redirect: 'manual', body: new URLSearchParams([['attempt', attempt], ...fields]) })
  await send([['email', 'alice@example.com'], ['password', 'secret']])
  await send([])
  const back = new URL((await send(ticked.map(s => ['scope', prefix + s]))).headers.get('location'))
  return client.getToken({ code: back.searchParams.get('code'), codeVerifier: verifier })
}

async function refused(what, promise) {
  try {
    await promise
    say(what, 'taken')
  } catch (e) {
    const error = e.response?.data?.error
    say(what, e.response?.status, error?.errors?.[0]?.reason ?? error)
  }
}

// One box left unticked: signed in, and the calendar refused.
let { tokens } = await consent(['calendar.calendarlist.readonly'])
say('unticked', tokens.scope.includes('calendar.events'), Boolean(tokens.refresh_token))
client.setCredentials(tokens)
const api = calendar({ version: 'v3', auth: client, rootUrl: root + '/' })
await refused('without scope', api.events.list({ calendarId: 'primary' }))

;({ tokens } = await consent(['calendar.events', 'calendar.calendarlist.readonly']))
client.setCredentials(tokens)
const info = await client.getTokenInfo(tokens.access_token)
say('granted', info.scopes.length, info.email)
const { keys: [key] } = await (await fetch(root + '/oauth2/v3/certs')).json()
const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
const ticket = await client.verifySignedJwtWithCertsAsync(tokens.id_token, { [key.kid]: pem }, 'standin.apps.googleusercontent.com', ['https://accounts.google.com'])
say('identity', ticket.getPayload().email, ticket.getPayload().sub === info.sub)

// An access token that is over is renewed by the client itself.
client.setCredentials({ ...tokens, access_token: 'over', expiry_date: 1 })
say('calendars', (await api.calendarList.list()).data.items.length)

const body = {
  id: 'nodeclient1', summary: 'Plan', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'],
  start: { dateTime: '2026-01-06T09:00:00', timeZone: 'Europe/Helsinki' }, end: { dateTime: '2026-01-06T10:00:00', timeZone: 'Europe/Helsinki' },
  extendedProperties: { private: { crm: '7' } }, attendees: [{ email: 'carol@elsewhere.example' }],
}
const made = (await api.events.insert({ calendarId: 'primary', sendUpdates: 'none', requestBody: body })).data
say('made', made.id, made.start.dateTime, made.etag.startsWith('"'))
await refused('again', api.events.insert({ calendarId: 'primary', requestBody: body }))
let list = (await api.events.list({ calendarId: 'primary', maxResults: 10 })).data
const token = list.nextSyncToken
const change = headers => api.events.patch({ calendarId: 'primary', eventId: made.id, sendUpdates: 'none', requestBody: { summary: 'Changed' } }, { headers })
await refused('guarded', change({ 'If-Match': '"old"' }))
await change({ 'If-Match': made.etag })
list = (await api.events.list({ calendarId: 'primary', syncToken: token })).data
say('changes', list.items.map(e => e.summary).join())
await refused('filtered', api.events.list({ calendarId: 'primary', syncToken: token, timeMin: '2026-01-01T00:00:00Z' }))
await api.events.delete({ calendarId: 'primary', eventId: made.id + '_20260113T070000Z', sendUpdates: 'none' })
const instances = (await api.events.instances({ calendarId: 'primary', eventId: made.id })).data
say('instances', instances.items.length)
await refused('plain push', api.events.watch({ calendarId: 'primary', requestBody: { id: 'c', type: 'web_hook', address: 'http://127.0.0.1:9/' } }))
const channel = (await api.events.watch({ calendarId: 'primary', requestBody: { id: 'c', type: 'web_hook', address: 'https://127.0.0.1:9/' } })).data
await api.channels.stop({ requestBody: { id: channel.id, resourceId: channel.resourceId } })
await api.events.delete({ calendarId: 'primary', eventId: made.id, sendUpdates: 'none' })
await refused('deleted', api.events.delete({ calendarId: 'primary', eventId: made.id }))
list = (await api.events.list({ calendarId: 'primary', syncToken: token })).data
say('after', list.items.map(e => e.status).join())
await client.revokeToken(tokens.refresh_token)
client.setCredentials({ refresh_token: tokens.refresh_token })
await refused('revoked', api.events.list({ calendarId: 'primary' }))
