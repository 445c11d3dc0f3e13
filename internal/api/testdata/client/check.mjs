// Drives a server with the official Pipedrive client: node check.mjs ADDRESS TOKEN. It prints what is wrong, one line each, and
// ends with 1; or says how much it checked, and ends with 0.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import Ajv from "ajv";
import { shapes } from "./shapes.mjs";

const require = createRequire(import.meta.url);
const { v1, v2 } = require("pipedrive");
const [address, token] = process.argv.slice(2);
const wrong = [];
let checks = 0;

const declared = {
  v1: shapes(require.resolve("pipedrive/v1").replace(/\.js$/, ".d.ts")),
  v2: shapes(require.resolve("pipedrive/v2").replace(/\.js$/, ".d.ts")),
};
const ajv = new Ajv({ allErrors: true, strict: false });
const ours = ["source_timezone", "rec_rule", "rec_rule_extension", "private"]; // what Tahti adds to an activity

function withOurs(node) {
  if (node && typeof node === "object") {
    if (node.properties?.subject && node.properties?.due_date) {
      for (const f of ours) node.properties[f] = { type: ["string", "boolean", "null"] };
      node.required = [...node.required, ...ours];
    }
    Object.values(node).forEach(withOurs);
  }
  return node;
}

function shape(version, name, value, without = []) {
  checks++;
  const schema = withOurs(declared[version].schema(name));
  const drop = (node) => {
    if (node && typeof node === "object") {
      if (Array.isArray(node.required)) node.required = node.required.filter((f) => !without.includes(f));
      Object.values(node).forEach(drop);
    }
  };
  drop(schema);
  const validate = ajv.compile(schema);
  if (!validate(value)) for (const e of validate.errors) wrong.push(`${name}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`);
}

async function step(name, f) {
  try {
    await f();
  } catch (e) {
    wrong.push(`${name}: ${e?.message ?? JSON.stringify(e)}`);
  }
}

const open = (version, Api, key = token) => {
  const config = new version.Configuration({ basePath: `${address}/api/${version === v1 ? "v1" : "v2"}`, apiKey: key });
  return new Api(config);
};
const activities = open(v2, v2.ActivitiesApi);

async function refused(name, call, check) {
  checks++;
  try {
    await call();
  } catch (e) {
    if (e?.success !== false || !e.error || !e.error_info || (check && !check(e))) wrong.push(`${name}: body ${JSON.stringify(e)}`);
    return;
  }
  wrong.push(`${name}: was not refused`);
}

let person, org, deal, me;
await step("links", async () => {
  me = (await open(v1, v1.UsersApi).getCurrentUser()).data;
  org = (await open(v2, v2.OrganizationsApi).addOrganization({ AddOrganizationRequest: { name: "Acme" } })).data;
  person = (await open(v2, v2.PersonsApi).addPerson({ AddPersonRequest: { name: "Carol", emails: [{ value: "carol@example.com", primary: true }] } })).data;
  deal = (await open(v2, v2.DealsApi).addDeal({ AddDealRequest: { title: "Big one" } })).data;
});

await step("users and types", async () => {
  shape("v1", "GetUsersResponse", await open(v1, v1.UsersApi).getUsers());
  shape("v1", "GetCurrentUserResponse", await open(v1, v1.UsersApi).getCurrentUser());
  const types = open(v1, v1.ActivityTypesApi);
  shape("v1", "GetActivityTypesResponse", await types.getActivityTypes());
  const made = await types.addActivityType({ AddActivityTypeRequest: { name: "Demo", icon_key: "bell", color: "FFFFFF" } });
  shape("v1", "UpsertActivityTypeResponse", made);
  const changed = await types.updateActivityType({ id: made.data.id, UpdateActivityTypeRequest: { name: "Show", order_nr: 3 } });
  assert.equal(changed.data.name, "Show");
  assert.equal(changed.data.key_string, made.data.key_string);
  const gone = await types.deleteActivityType({ id: made.data.id });
  assert.equal(gone.data.active_flag, false);
});

// What is written of each field, one after the other, and what has to come back; later ones stand on earlier ones.
const written = () => ({
  subject: "Call Carol",
  type: "call",
  owner_id: me.id,
  deal_id: deal.id,
  person_id: person.id,
  org_id: org.id,
  due_date: "2026-12-01",
  due_time: "08:30",
  duration: "01:15",
  busy: false,
  done: true,
  location: { value: "Kalevankatu 1, Helsinki" },
  participants: [{ person_id: person.id, primary: true }],
  attendees: [{ email: "carol@example.com", name: "Carol", status: "accepted" }],
  public_description: "What everybody may read\nsecond line",
  priority: 2,
  note: "<p>What <b>we</b> know</p>",
});
const notKept = { lead_id: "adf21080-0e10-11eb-879b-05d71fb426ec", project_id: 4, outcome: 1 };

function same(name, want, got) {
  checks++;
  if (Array.isArray(want)) return want.forEach((w, i) => same(`${name}[${i}]`, w, got?.[i]));
  if (want && typeof want === "object") return Object.entries(want).forEach(([k, v]) => same(`${name}.${k}`, v, got?.[k]));
  if (want !== got) wrong.push(`${name}: wrote ${JSON.stringify(want)}, read ${JSON.stringify(got)}`);
}

await step("each writable field", async () => {
  const values = written();
  const made = await activities.addActivity({ AddActivityRequest: { subject: "empty" } });
  shape("v2", "UpsertActivityResponse", made);
  const id = made.data.id;
  const fields = declared.v2.fields("AddActivityRequest");
  for (const name of [...Object.keys(values), ...Object.keys(notKept)]) if (!fields.includes(name)) wrong.push(`the client declares no ${name}`);
  for (const name of fields) {
    if (name in notKept) {
      await refused(name, () => activities.updateActivity({ id, AddActivityRequest: { [name]: notKept[name] } }));
      continue;
    }
    if (!(name in values)) wrong.push(`nothing is written of ${name}`);
    await activities.updateActivity({ id, AddActivityRequest: { [name]: values[name] } });
    const read = await activities.getActivity({ id, include_fields: "attendees" });
    shape("v2", "UpsertActivityResponse", read);
    same(name, values[name], read.data[name]);
  }
  const whole = await activities.addActivity({ AddActivityRequest: values });
  const read = await activities.getActivity({ id: whole.data.id, include_fields: "attendees" });
  for (const name of Object.keys(values)) same(`all at once, ${name}`, values[name], read.data[name]);
  shape("v2", "DeleteActivityResponse", await activities.deleteActivity({ id }));
  assert.equal((await activities.getActivity({ id })).data.is_deleted, true);
});

await step("three pages", async () => {
  const made = new Set();
  for (let i = 0; i < 25; i++) {
    made.add((await activities.addActivity({ AddActivityRequest: { subject: `page ${i}`, due_date: "2027-01-01", deal_id: deal.id } })).data.id);
  }
  const seen = [];
  let cursor, pages = 0;
  do {
    const page = await activities.getActivities({ owner_id: me.id, done: false, limit: 10, sort_by: "add_time", sort_direction: "desc", cursor });
    shape("v2", "GetActivitiesResponse", page, ["attendees"]);
    seen.push(...page.data.map((a) => a.id));
    cursor = page.additional_data.next_cursor;
    pages++;
  } while (cursor);
  assert.equal(pages, 3);
  assert.deepEqual([...seen].sort((a, b) => a - b), [...made].sort((a, b) => a - b));
});

await refused("401", () => open(v2, v2.ActivitiesApi, "wrong").getActivities());
await refused("401 of version 1", () => open(v1, v1.ActivityTypesApi, "wrong").getActivityTypes());
await refused("404", () => activities.getActivity({ id: 999999 }), (e) => /not found/i.test(e.error));
await refused("400", () => activities.addActivity({ AddActivityRequest: { due_date: "tomorrow" } }), (e) => /due_date/.test(e.error));
await refused("400 of a list", () => activities.getActivities({ limit: 9999 }), (e) => /limit/.test(e.error));

if (wrong.length) {
  console.log([...new Set(wrong)].join("\n"));
  process.exit(1);
}
console.log(`${checks} checks`);
