// What is quicker with a script; everything works without it.
"use strict";
document.documentElement.classList.add("js");

// Filters apply as they are chosen.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Parts of a form that belong to one choice are shown with it: data-when="name=value other".
const choices = (form) => {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, values] = part.dataset.when.split("=");
    const input = form.elements[name];
    const value = input instanceof RadioNodeList ? input.value : input.type === "checkbox" ? (input.checked ? "on" : "off") : input.value;
    part.hidden = !values.split(" ").includes(value);
  }
};
for (const form of document.querySelectorAll("form[data-choices]")) {
  form.addEventListener("change", () => choices(form));
  choices(form);
}

// A date stands in words beside its input, which follows the browser's language and not the reader's.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
for (const words of document.querySelectorAll("[data-words]")) {
  const input = document.getElementById(words.dataset.words);
  input.addEventListener("input", () => {
    words.textContent = input.valueAsDate ? new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" }).format(input.valueAsDate) : "";
  });
}

// A rule's text is shown where its condition wants one.
for (const rule of document.querySelectorAll("[data-rule]")) {
  const match = rule.querySelector("select[name=rule_match]");
  const show = () => { rule.querySelector("label:has(input)").hidden = !match.selectedOptions[0].hasAttribute("data-text"); };
  match.addEventListener("change", show);
  show();
}

// Examples of what settings do follow what is typed; the server makes them.
for (const form of document.querySelectorAll("form[data-examples]")) {
  let waiting = 0, asked = 0;
  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.examples, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok || answer.redirected || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of form.querySelectorAll("[data-example]")) {
        const now = page.getElementById(old.id);
        if (now && now.textContent !== old.textContent) old.replaceChildren(...now.childNodes);
      }
    } catch { /* the server is away: the examples stay as they are */ }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
}

// A long list is searched by what its rows say: what fits is shown, and the parts that it stands in open. What was answered stays so.
for (const box of document.querySelectorAll("[data-filter]")) {
  const list = document.getElementById(box.dataset.filter);
  const parts = [...list.querySelectorAll("details")].filter((part) => !part.contains(box)).map((part) => ({ part, open: part.open }));
  box.addEventListener("input", () => {
    const want = box.value.trim().toLocaleLowerCase(language);
    let found = 0;
    for (const row of list.querySelectorAll("[data-row]")) {
      row.hidden = want !== "" && !row.textContent.toLocaleLowerCase(language).includes(want);
      if (!row.hidden) found++;
    }
    for (const { part, open } of parts) {
      const fits = part.querySelector("[data-row]:not([hidden])") !== null;
      part.hidden = !fits;
      part.open = want === "" ? open : fits;
    }
    box.parentElement.querySelector("[data-none]").hidden = found > 0;
  });
}

// A sync that runs is followed: the part that moves is read again every second until it has come to rest.
const follow = async () => {
  const old = document.querySelector("[data-live]");
  if (!old) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById(old.id);
      if (now && !now.hasAttribute("data-live")) {
        location.replace(location.pathname); // at rest: show all that has come of it
        return;
      }
      if (now) old.replaceChildren(...now.childNodes);
    }
  } catch { /* the server is away for a moment: ask again */ }
  setTimeout(follow, 1000);
};
if (document.querySelector("[data-live]")) setTimeout(follow, 700);

// A form is sent once: a second press while the answer is on its way does nothing.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
