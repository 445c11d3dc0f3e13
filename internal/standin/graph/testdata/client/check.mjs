// Drives the stand-in with Microsoft's own client: node check.mjs ADDRESS TOKEN. It prints what it saw, a line for each step.
import { Client, PageIterator, BatchRequestContent, BatchResponseContent } from "@microsoft/microsoft-graph-client";

const [address, token] = process.argv.slice(2);
const client = Client.init({
  baseUrl: address + "/", defaultVersion: "v1.0", customHosts: new Set([new URL(address).hostname]), authProvider: (done) => done(null, token),
});
const say = (...words) => console.log(...words);
const refusal = async (call) => {
  try {
    await call;
    return "taken";
  } catch (e) {
    return `${e.statusCode} ${e.code}`;
  }
};
const event = (subject, day) => ({
  subject,
  start: { dateTime: `2026-01-${day}T09:00:00`, timeZone: "Europe/Helsinki" },
  end: { dateTime: `2026-01-${day}T10:00:00`, timeZone: "Europe/Helsinki" },
});

const calendars = await client.api("/me/calendars").get();
say("calendars:", calendars.value.map((c) => c.name).join(" "));

const made = await client.api("/me/events").header("Prefer", 'IdType="ImmutableId"').post({ ...event("One", "06"), transactionId: "t-1" });
say("made:", made.type, made.start.dateTime, made.transactionId);
say("again:", await refusal(client.api("/me/events").post({ ...event("One", "06"), transactionId: "t-1" })));

const moved = await client.api(`/me/events/${made.id}`).header("If-Match", made["@odata.etag"]).patch({ subject: "Moved" });
say("moved:", moved.subject, (await client.api(`/me/events/${made.id}`).select("subject").get()).subject);
say("guarded:", await refusal(client.api(`/me/events/${made.id}`).header("If-Match", made["@odata.etag"]).patch({ subject: "x" })));
say("scope:", await refusal(client.api("/users/bob@example.com/events").get()));

for (const day of ["07", "08", "09"]) await client.api("/me/events").post(event("E" + day, day));
const window = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z";
const follow = async (path) => {
  const seen = [];
  const headers = { Prefer: "odata.maxpagesize=2" };
  const pages = new PageIterator(client, await client.api(path).headers(headers).get(), (e) => seen.push(e["@removed"] ? "removed" : e.subject), { headers });
  await pages.iterate();
  return [seen.join(" "), pages.getDeltaLink()];
};
let [seen, link] = await follow(`/me/calendarView/delta?${window}`);
say("first round:", seen);
await client.api(`/me/events/${made.id}`).delete();
[seen, link] = await follow(link);
say("second round:", seen);
say("filtered:", await refusal(client.api("/me/calendarView/delta").query(window).select("subject").get()));

// The stand-in was told to throttle the next request but one second; the client waits and asks again.
const started = Date.now();
const list = await client.api("/me/calendars").get();
say("throttled:", list.value.length, Date.now() - started > 900 ? "waited" : "did not wait");

const content = new BatchRequestContent([
  { id: "1", request: new Request(address + "/me/calendar", { method: "GET" }) },
  { id: "2", request: new Request(address + "/me/events/nonsense", { method: "GET" }) },
]);
const answers = new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
say("batch:", answers.getResponseById("1").status, (await answers.getResponseById("1").json()).isDefaultCalendar, answers.getResponseById("2").status);
