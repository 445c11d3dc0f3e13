// Drives the stand-in with Pipedrive's official client: node check.mjs ADDRESS TOKEN. It prints a line for each thing that it saw,
// and holds every answer to the properties and types that the client declares.
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const { v1, v2 } = require("pipedrive");
const [address, token] = process.argv.slice(2);
const say = (...words) => console.log(words.join(" "));

// What the declarations say of a type: {property: type}.
const declared = (version, type) => {
  const kebab = type.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/([A-Z])([A-Z][a-z])/g, "$1-$2").toLowerCase();
  const file = join(dirname(require.resolve(`pipedrive/${version}`)), "models", `${kebab}.d.ts`);
  if (!existsSync(file)) return undefined;
  const properties = {};
  for (const [, name, kind] of readFileSync(file, "utf8").matchAll(/^    '(\w+)'\??: (.+)$/gm)) properties[name] = kind.replace(/;$/, "");
  return properties;
};

// What is wrong with a value of a type; null stands for whatever is not set, which is how Pipedrive writes it.
function wrong(version, type, value, at, without = []) {
  if (value === null) return [];
  const list = type.match(/^Array<(.+)>$/);
  if (list) return Array.isArray(value) ? value.flatMap((x, i) => wrong(version, list[1], x, `${at}[${i}]`)) : [`${at} is no list`];
  const plain = type.split(" | ")[0];
  if (["string", "number", "boolean"].includes(plain)) return typeof value === plain ? [] : [`${at} is a ${typeof value}`];
  if (plain.endsWith("Const") || plain === "object" || plain === "{") return [];
  const properties = declared(version, plain);
  if (!properties) return [`${at}: the client does not declare ${plain}`];
  return [
    ...Object.keys(properties).filter((p) => !(p in value) && !without.includes(p)).map((p) => `${at}.${p} is missing`),
    ...Object.keys(value).filter((p) => !(p in properties)).map((p) => `${at}.${p} is not declared`),
    ...Object.entries(properties).filter(([p]) => p in value).flatMap(([p, kind]) => wrong(version, kind, value[p], `${at}.${p}`)),
  ];
}
const found = [];
const hold = (version, type, value, without) => {
  found.push(...wrong(version, type, value, type, without));
  return value;
};

const error = async (f) => {
  try {
    await f();
  } catch (e) {
    return e;
  }
  return { error: "nothing was refused" };
};

// Signing in: the client leads to the page and exchanges the code; a browser presses the buttons.
const callback = "http://127.0.0.1:9/callback";
const oauth = new v2.OAuth2Configuration({ clientId: "standin-client", clientSecret: "standin-secret", redirectUri: callback, host: address });
async function press(url, fields) {
  const answer = await fetch(url, fields && { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  return { location: answer.headers.get("location"), attempt: (await answer.text()).match(/name="attempt" value="([^"]+)"/)?.[1] };
}
const page = await press(oauth.authorizationUrl);
const consent = await press(`${address}/oauth/authorize`, { attempt: page.attempt, email: "alice@example.com", password: "" });
const back = await press(`${address}/oauth/authorize`, { attempt: consent.attempt });
const tokens = await oauth.authorize(new URL(back.location).searchParams.get("code"));
say("signed in:", tokens.token_type, tokens.api_domain === address, oauth.basePath === `${address}/api/v2`);
const old = oauth.accessToken;
await oauth.tokenRefresh();
say("refreshed:", oauth.accessToken !== old, oauth.refreshToken === tokens.refresh_token);

const open = (version, Api, how = { accessToken: oauth.getAccessToken }) =>
  new Api(new version.Configuration({ basePath: `${address}/api/${version === v1 ? "v1" : "v2"}`, ...how }));
const withToken = { apiKey: token };

// The company.
const me = (await open(v1, v1.UsersApi).getCurrentUser()).data;
hold("v1", "BaseUser", Object.fromEntries(Object.entries(me).filter(([k]) => !k.startsWith("company") && k !== "language")));
const users = (await open(v1, v1.UsersApi).getUsers()).data;
users.forEach((u) => hold("v1", "BaseUser", u));
hold("v1", "BaseUser", (await open(v1, v1.UsersApi).getUser({ id: users[1].id })).data);
say("users:", me.email, me.company_domain, users.length, (await open(v1, v1.UsersApi).findUsersByName({ term: "bo" })).data.length);
const types = open(v1, v1.ActivityTypesApi, withToken);
(await types.getActivityTypes()).data.forEach((t) => hold("v1", "ActivityType", t));
const video = (await types.addActivityType({ AddActivityTypeRequest: { name: "Video", icon_key: "camera" } })).data;
hold("v1", "ActivityType", (await types.updateActivityType({ id: video.id, UpdateActivityTypeRequest: { name: "Screen" } })).data);
say("types:", video.key_string, (await types.deleteActivityType({ id: video.id })).data.active_flag);

// What activities are linked to.
const linked = {};
for (const [name, Api, type, add, value, change] of [
  ["Person", v2.PersonsApi, "Person", "AddPersonRequest", { name: "Pat Smith", emails: [{ value: "pat@example.com" }] }, { UpdatePersonRequest: { name: "Pat Jones" } }],
  ["Organization", v2.OrganizationsApi, "OrganizationItem", "AddOrganizationRequest", { name: "Acme" }, { UpdateOrganizationRequest: { name: "Acme 2" } }],
  ["Deal", v2.DealsApi, "Deal", "AddDealRequest", { title: "Big", value: 10 }, { UpdateDealRequest: { title: "Bigger" } }],
]) {
  const api = open(v2, Api, withToken);
  const id = (linked[name] = hold("v2", type, (await api[`add${name}`]({ [add]: value })).data).id);
  hold("v2", type, (await api[`update${name}`]({ id, ...change })).data);
  (await api[`get${name}s`]({ limit: 10 })).data.forEach((x) => hold("v2", type, x));
  hold("v2", type, (await api[`get${name}`]({ id })).data);
  const gone = (await api[`add${name}`]({ [add]: value })).data.id;
  say(`${name}:`, id, (await api[`delete${name}`]({ id: gone })).data.id === gone);
}

// Activities, with the access token.
const activities = open(v2, v2.ActivitiesApi);
const written = {
  subject: "Call Pat", type: "call", owner_id: me.id, deal_id: linked.Deal, org_id: linked.Organization, due_date: "2026-12-01", due_time: "08:30",
  duration: "01:15", busy: false, done: true, location: { value: "Town" }, participants: [{ person_id: linked.Person, primary: true }],
  attendees: [{ email: "pat@example.com", name: "Pat", status: "accepted" }], public_description: "All may read", priority: 263, note: "<p>Ours</p>",
};
const made = hold("v2", "ActivityItem", (await activities.addActivity({ AddActivityRequest: written })).data, ["attendees"]);
const read = hold("v2", "ActivityItem", (await activities.getActivity({ id: made.id, include_fields: "attendees" })).data);
const differs = Object.keys(written).filter((k) => JSON.stringify(read[k]) !== JSON.stringify(written[k]) && !["location", "attendees"].includes(k));
say("activity:", made.id, read.person_id === linked.Person, read.location.value, read.attendees[0].status, `differs: ${differs}`);
say("changed:", hold("v2", "ActivityItem", (await activities.updateActivity({ id: made.id, AddActivityRequest: { done: false } })).data, ["attendees"]).done);
for (let i = 0; i < 4; i++) await activities.addActivity({ AddActivityRequest: { subject: `n${i}`, type: "task" } });
const seen = [];
let cursor;
do {
  const answer = await activities.getActivities({ limit: 2, sort_by: "add_time", sort_direction: "desc", cursor });
  answer.data.forEach((a) => seen.push(hold("v2", "ActivityItem", a, ["attendees"]).subject));
  cursor = answer.additional_data.next_cursor;
} while (cursor);
say("pages:", seen.join(","));
await activities.deleteActivity({ id: made.id });
say("deleted:", (await activities.getActivity({ id: made.id })).data.is_deleted, (await activities.getActivities({ ids: `${made.id}` })).data.length);

// Filters and webhooks.
const filters = open(v1, v1.FiltersApi);
const conditions = { glue: "and", conditions: [{ glue: "and", conditions: [{ object: "activity", field_id: "9002", operator: "=", value: "n2", extra_value: null }] }, { glue: "or", conditions: [] }] };
const filter = hold("v1", "Filter", (await filters.addFilter({ include_field_code: true, AddFilterRequest: { name: "n2", type: "activity", conditions } })).data);
(await filters.getFilters({ type: "activity" })).data.forEach((f) => hold("v1", "GetFiltersResponseAllOfDataInner", f));
say("filter:", (await activities.getActivities({ filter_id: filter.id })).data.map((a) => a.subject), (await filters.deleteFilter({ id: filter.id })).data.id === filter.id);
const heard = [];
const ear = createServer((request, answer) => {
  let body = "";
  request.on("data", (part) => (body += part)).on("end", () => {
    heard.push([JSON.parse(body), request.headers.authorization]);
    answer.end();
  });
});
await new Promise((done) => ear.listen(0, "127.0.0.1", done));
const hooks = open(v1, v1.WebhooksApi);
const hook = hold("v1", "BaseWebhook", (await hooks.addWebhook({ AddWebhookRequest: {
  subscription_url: `http://127.0.0.1:${ear.address().port}/x`, event_action: "*", event_object: "activity", name: "Tahti", http_auth_user: "u", http_auth_password: "p",
} })).data);
(await hooks.getWebhooks()).data.forEach((h) => hold("v1", "BaseWebhook", h));
await activities.addActivity({ AddActivityRequest: { subject: "Heard", type: "task" } });
for (let i = 0; i < 200 && !heard.length; i++) await new Promise((done) => setTimeout(done, 10));
say("webhook:", hook.type, heard[0]?.[0].meta.action, heard[0]?.[0].data.subject, heard[0]?.[1] === `Basic ${btoa("u:p")}`, (await hooks.deleteWebhook({ id: hook.id })).success);
ear.close();

// Refusals, as the client hands them on.
say("read-only:", (await error(() => activities.addActivity({ AddActivityRequest: { subject: "x", type: "task", person_id: linked.Person } }))).code);
say("not there:", (await error(() => activities.getActivity({ id: 999999 }))).error);
say("no token:", (await error(() => open(v2, v2.ActivitiesApi, { apiKey: "wrong" }).getActivities())).errorCode);
say("scope:", (await error(() => open(v1, v1.ActivityTypesApi).addActivityType({ AddActivityTypeRequest: { name: "x", icon_key: "task" } }))).error);
await oauth.revokeToken("refresh_token");
say("revoked:", (await error(() => oauth.tokenRefresh())).error);
say("shapes:", found.length ? [...new Set(found.map((f) => f.replace(/\[\d+\]/g, "[]")))].join("; ") : "as declared");
